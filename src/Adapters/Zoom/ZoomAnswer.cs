using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Muse.Domain.Meetings;

namespace Muse.Adapters.Zoom;

/// <summary>What Zoom said to one call: a body, or its refusal.</summary>
/// <param name="Status">HTTP status; 0 when the call was not made.</param>
/// <param name="Code">Zoom's own code of a refusal; null when it gave none, or nothing was refused.</param>
/// <param name="Message">Zoom's words of a refusal; empty otherwise. They may name a person, so they go into no event.</param>
/// <param name="Fields">The members of the request that it did not like.</param>
/// <param name="Body">Undefined when there is none.</param>
public sealed partial record ZoomAnswer(int Status, int? Code, string Message, IReadOnlyList<string> Fields, JsonElement Body)
{
    public const int NoSuchMeeting = 3001;
    public const int NoSuchRecording = 3301;
    public const int InProgress = 3002;

    private const int Invalid = 300;
    private const int NoSuchUser = 1001;
    private const int ForeignUser = 1010;

    /// <summary>Why the call was not even made: no account, no token, no quota.</summary>
    public MeetingAnswer? NotAsked { get; init; }

    public bool Succeeded => NotAsked is null && Status is >= 200 and < 300 && Code is null;

    public bool IsMeetingGone => Code == NoSuchMeeting;

    /// <summary>The token lacks a scope: whoever set up the app has to add it.</summary>
    public bool LacksScope => Code is 4700 or 4711;

    public bool IsInvalid => Code == Invalid;

    /// <summary>The refusal in Muse's words. Zoom's own words are left out, except where they name a missing scope.</summary>
    public MeetingAnswer ToFailure(ZoomHost host)
    {
        if (NotAsked is not null) return NotAsked;
        var detail = string.Create(CultureInfo.InvariantCulture, $"Zoom answered {Status} with code {Code}");
        return (Status, Code) switch
        {
            (_, NoSuchMeeting) => MeetingAnswer.Failed(MeetingAnswer.GoneCode, "Zoom no longer has the meeting."),
            (429, _) => MeetingAnswer.Failed(MeetingAnswer.QuotaCode, "Zoom grants this host no more creations and changes today."),
            (_, NoSuchUser or ForeignUser) => MeetingAnswer.Failed(MeetingAnswer.DisconnectedCode, "Zoom does not know the host."),
            (401, _) when !LacksScope => host.IsOwn
                ? MeetingAnswer.Failed(MeetingAnswer.DisconnectedCode, "Zoom no longer honours the account's connection.")
                : MeetingAnswer.Failed(MeetingAnswer.NotPermittedCode, "Zoom honours no token of the school's app: it may be switched off."),
            _ when LacksScope => MeetingAnswer.Failed(MeetingAnswer.NotPermittedCode, $"{detail}: {Message}"),
            _ when Fields.Count > 0 => MeetingAnswer.Failed(MeetingAnswer.NotPermittedCode, $"{detail}: {string.Join(", ", Fields)}"),
            _ => MeetingAnswer.Failed(MeetingAnswer.NotPermittedCode, detail + "."),
        };
    }

    /// <exception cref="ProviderTrouble"><c>unreadable_answer</c>: a success that cannot be read, so its effect is unknown; <c>provider_error</c>: a
    /// refusal that is not in Zoom's words.</exception>
    internal static ZoomAnswer Read(ZoomReply reply)
    {
        var isSuccess = reply.Status is >= 200 and < 300;
        if (isSuccess && reply.Text.Length == 0) return new ZoomAnswer(reply.Status, null, "", [], default);
        JsonElement body;
        try
        {
            body = JsonDocument.Parse(reply.Text).RootElement;
        }
        catch (JsonException e)
        {
            return isSuccess ? throw new ProviderTrouble("unreadable_answer", $"Zoom answered {reply.Status} with JSON that cannot be read.", e) : Guess(reply);
        }
        if (body.ValueKind is not JsonValueKind.Object)
            throw new ProviderTrouble("unreadable_answer", $"Zoom answered {reply.Status} with something that is no object.");
        var code = Number(body, "code");
        // A plan that lacks something is said with HTTP 200 and a code; code 0 is a success.
        if (isSuccess) return new ZoomAnswer(reply.Status, code is null or 0 || body.TryGetProperty("id", out _) ? null : (int)code, code is null or 0 ? "" : Words(body), [], body);
        if (code is null && reply.Status != 429 && reply.Status != 401)
            throw new ProviderTrouble("provider_error", $"Zoom answered {reply.Status} without saying why.");
        return new ZoomAnswer(reply.Status, (int?)code, Words(body), FieldsOf(body), body);
    }

    /// <summary>Zoom forgets to escape quotes in messages (ZoomNet guards against it); the code is worth finding all the same.</summary>
    private static ZoomAnswer Guess(ZoomReply reply)
    {
        var found = CodeInText().Match(reply.Text);
        if (!found.Success && reply.Status != 429 && reply.Status != 401)
            throw new ProviderTrouble("provider_error", $"Zoom answered {reply.Status} without saying why.");
        var message = MessageInText().Match(reply.Text);
        return new ZoomAnswer(reply.Status, found.Success ? int.Parse(found.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null,
            message.Success ? message.Groups[1].Value : "", [], default);
    }

    private static string Words(JsonElement body) => Text(body, "message") is { Length: > 0 } message ? message : Text(body, "error_message");

    private static List<string> FieldsOf(JsonElement body)
    {
        var fields = new List<string>();
        if (body.TryGetProperty("errors", out var errors) && errors.ValueKind is JsonValueKind.Array)
        {
            foreach (var error in errors.EnumerateArray())
            {
                if (error.ValueKind is JsonValueKind.Object && Text(error, "field") is { Length: > 0 and < 100 } field && fields.Count < 20) fields.Add(field);
            }
        }
        return fields;
    }

    /// <summary>Empty when it is not there or no text.</summary>
    internal static string Text(JsonElement of, string name) =>
        of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString()! : "";

    /// <summary>Zoom writes the same number as a number here and as a string there; ids have up to 11 digits.</summary>
    internal static long? Number(JsonElement of, string name)
    {
        if (of.ValueKind is not JsonValueKind.Object || !of.TryGetProperty(name, out var value)) return null;
        return value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt64(out var number) => number,
            JsonValueKind.String when long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
            _ => null,
        };
    }

    [GeneratedRegex("\"code\"\\s*:\\s*\"?(\\d{1,6})")]
    private static partial Regex CodeInText();

    [GeneratedRegex("\"(?:error_)?message\"\\s*:\\s*\"(.{0,500})\"\\s*[,}]", RegexOptions.Singleline)]
    private static partial Regex MessageInText();
}
