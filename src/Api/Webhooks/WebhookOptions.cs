using System.Globalization;
using Microsoft.Extensions.Options;

namespace Muse.Api.Webhooks;

/// <summary>Configuration section <c>Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    /// <summary>How long a receiver may take to answer, with everything before it. Standard Webhooks advises 15 to 30.</summary>
    public int TimeoutSeconds { get; set; } = 15;

    /// <exception cref="OptionsValidationException">A setting cannot be.</exception>
    internal static WebhookOptions Of(IConfiguration configuration)
    {
        const string section = "Webhooks", setting = $"{section}:{nameof(TimeoutSeconds)}";
        var options = new WebhookOptions();
        if (configuration[setting] is not { Length: > 0 } text) return options;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds is < 1 or > 30)
            throw new OptionsValidationException(section, typeof(WebhookOptions), [$"{setting} is '{text}'; it is 1 to 30."]);
        options.TimeoutSeconds = seconds;
        return options;
    }
}
