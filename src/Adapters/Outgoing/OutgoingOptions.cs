using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Muse.Adapters.Outgoing;

/// <summary>Configuration section <c>Outgoing</c>: where Muse may connect to when somebody else names the address.</summary>
public sealed class OutgoingOptions
{
    /// <summary>
    /// May an address that an integrator names lead to this machine, with plain http, too? For tests, and for who writes a receiver beside a
    /// Muse of their own. Off: public addresses only.
    /// </summary>
    public bool AllowLoopback { get; set; }

    /// <exception cref="OptionsValidationException">The setting cannot be.</exception>
    internal static OutgoingOptions Of(IConfiguration configuration)
    {
        const string section = "Outgoing", setting = $"{section}:{nameof(AllowLoopback)}";
        var text = configuration[setting];
        if (string.IsNullOrEmpty(text)) return new OutgoingOptions();
        return bool.TryParse(text, out var allowed) ? new OutgoingOptions { AllowLoopback = allowed }
            : throw new OptionsValidationException(section, typeof(OutgoingOptions), [$"{setting} is '{text}'; it is true or false."]);
    }
}
