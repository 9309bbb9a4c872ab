using FluentValidation;
using FluentValidation.Results;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Jitsi;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain.Meetings;

namespace Muse.Api.Connections;

/// <summary>A Jitsi server of the tutor's own, with what its JWT module was given.</summary>
/// <param name="Domain">
/// Its host name, such as <c>meet.example.org</c>; where local servers are allowed (<c>Meetings:Jitsi:AllowLocalServers</c>) also an address
/// without a path, such as <c>https://jitsi.lan:8443</c>.
/// </param>
/// <param name="AppId"><c>app_id</c> of prosody's configuration.</param>
/// <param name="Secret"><c>app_secret</c>; it is never shown again.</param>
public sealed record JitsiWanted(string Domain, string AppId, string Secret);

internal sealed class JitsiRules : AbstractValidator<JitsiWanted>
{
    /// <summary>HS256 wants a key of at least 256 bits (RFC 7518 §3.2).</summary>
    public const int ShortestSecret = 32;

    public JitsiRules(JitsiOptions options)
    {
        RuleFor(wanted => wanted.Domain).Must(domain => JitsiAddress.OfTutor(domain, options.AllowLocalServers) is not null)
            .WithErrorCode("wrong_domain").WithMessage(options.AllowLocalServers
                ? "A host name such as meet.example.org, or an https address without a path; http for the machine on which Muse runs only."
                : "A host name such as meet.example.org, without https:// and without a path.");
        RuleFor(wanted => wanted.AppId).Must(id => id.Length is > 0 and <= 100 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            .WithErrorCode("wrong_app_id").WithMessage("1 to 100 letters, digits, hyphens, dots or underscores.");
        RuleFor(wanted => wanted.Secret).Must(secret => secret.Length is >= ShortestSecret and <= 256 && !secret.Any(char.IsControl))
            .WithErrorCode("wrong_secret").WithMessage($"{ShortestSecret} to 256 characters.");
    }
}

/// <summary>
/// <c>POST /v1/tutors/{id}/connections/jitsi/keys</c>: Jitsi has no consent page, so the tutor gives the server's keys; they replace earlier ones of the same server.
/// They are shown to the server first: one that does not answer, does not take them or takes any is not connected.
/// </summary>
internal static class ConnectJitsi
{
    internal static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        Guid tutorId, JitsiWanted request, Caller caller, ConnectionRows rows, ConnectionSeals seals, ConnectionDesk desk, JitsiPulse pulse, JitsiOptions options,
        CancellationToken ct)
    {
        if (!caller.IsTutor(tutorId))
            return Problems.NotFound();
        var server = JitsiServer.OfTutor(request.Domain, request.AppId, request.Secret, options.AllowLocalServers)
            ?? throw new InvalidOperationException("Keys that the rules let through are none of a server.");
        var live = await rows.Find(tutorId, ProviderPolicy.Jitsi, ct) is { DeadAt: null } row ? row : null;
        var isSameServer = live?.AccountLabel == request.Domain;
        if (live is not null && !isSameServer)
            return Problems.From(Connection.AlreadyConnected);
        bool taken;
        try
        {
            var sight = await pulse.Ask(server, tutors: true, ct);
            if (sight.Keys is KeysSeen.Refused)
                return Wrong(NamesIssuer(sight.Why) ? "appId" : "secret", "keys_refused", $"The server does not take these keys: {sight.Why}");
            taken = sight.Keys is KeysSeen.Taken;
            if (taken && await pulse.TakesAnything(server, tutors: true, ct))
                return Wrong("domain", "server_open", "The server takes any token, so anybody may come into a lesson: sign-in by token (JWT) is not switched on.");
        }
        catch (ProviderTrouble trouble)
        {
            return Wrong("domain", "server_unreachable", $"No Jitsi server answers there: {trouble.Message}");
        }
        var box = seals.Seal("keys", ProviderPolicy.Jitsi, tutorId, new JitsiKeys(request.Domain, request.AppId, request.Secret));
        return await desk.Connect(
            tutorId, caller.PersonId, ProviderPolicy.Jitsi, box, null, "", request.Domain, ct, keysTaken: taken, keepsMeetings: isSameServer) is { } refused
                ? Problems.From(refused)
                : TypedResults.NoContent();
    }

    /// <summary>The issuer is the app ID; prosody says "Invalid issuer ('iss' claim)". Of all else, a wrong secret is the likeliest cause.</summary>
    private static bool NamesIssuer(string why) =>
        why.Contains("issuer", StringComparison.OrdinalIgnoreCase) || why.Contains("'iss'", StringComparison.OrdinalIgnoreCase);

    private static ProblemHttpResult Wrong(string member, string code, string detail) =>
        Problems.From([new ValidationFailure(member, detail) { ErrorCode = code }]);
}
