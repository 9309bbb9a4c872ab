using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.Meetings;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Connections;

/// <summary>One way of meeting, as a tutor sees it.</summary>
/// <param name="Account">With which account lessons are held there now: <c>own</c>, <c>school</c> or <c>none</c>.</param>
/// <param name="Needs">What would make it usable: <c>connect</c>, <c>reconnect</c>, <c>school</c> (only the school's settings can), or null.</param>
/// <param name="CanConnect">The tutor may connect an account of their own.</param>
/// <param name="Own">The tutor's own account, live or dead.</param>
/// <param name="NotIn">Countries where Muse does not use it (ISO 3166-1 alpha-2).</param>
public sealed record ConnectionView(
    string Provider, string Account, string? Needs, bool CanConnect,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] OwnAccount? Own,
    bool Records, bool MusicMode, bool WaitingRoom, int Seats, IReadOnlyList<string> NotIn);

/// <param name="State"><c>live</c>, or <c>dead</c>: the provider no longer honours it, and the tutor has to connect it again.</param>
/// <param name="Label">The account as the provider calls it, when it does.</param>
/// <param name="Code">Why it is dead: <c>consent_withdrawn</c>, <c>refresh_answer_lost</c>, <c>keys_lost</c> or <c>keys_refused</c>.</param>
/// <param name="KeysTakenAt">Of Jitsi only: when its server was shown the keys and took them; absent of a server that lets nobody try.</param>
/// <param name="TriedAt">Of Jitsi only: when somebody was first sent to a lesson there with the keys.</param>
public sealed record OwnAccount(
    string State, Instant ConnectedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Label,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Instant? DiedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Code,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Instant? KeysTakenAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Instant? TriedAt);

public sealed record ConnectionList(IReadOnlyList<ConnectionView> Items);

/// <summary><c>GET /v1/tutors/{id}/connections</c>: every way of meeting in the fallback order, and whose account it would use.</summary>
internal static class ListConnections
{
    internal static async Task<Results<Ok<ConnectionList>, ProblemHttpResult>> Handle(
        Guid tutorId, Caller caller, MeetingProviders providers, ConnectClients clients, ConnectionRows rows, CancellationToken ct)
    {
        if (!caller.IsTutor(tutorId))
            return Problems.NotFound();
        var own = (await rows.Of(tutorId, ct)).ToDictionary(row => row.Provider);
        List<ConnectionView> items = [];
        foreach (var can in providers.Abilities)
        {
            var row = own.GetValueOrDefault(can.Name);
            var canConnect = can.Name == ProviderPolicy.Jitsi || clients.Find(can.Name) is not null;
            var account = canConnect && row is { DeadAt: null } ? "own" : await providers.Find(can.Name)!.Serves(tutorId, ct) ? "school" : "none";
            var needs = row is { DeadAt: not null } ? "reconnect" : account != "none" ? null : canConnect ? "connect" : "school";
            items.Add(new ConnectionView(
                can.Name, account, needs, canConnect,
                row is null ? null : new OwnAccount(row.DeadAt is null ? "live" : "dead", row.ConnectedAt, row.AccountLabel, row.DeadAt, row.DeadCode, row.KeysTakenAt, row.FirstUsedAt),
                can.Records, can.MusicMode, can.WaitingRoom, can.Seats,
                [.. CountryRules.All.Where(rule => !rule.Allowed.Contains(can.Name)).Select(rule => rule.Country)]));
        }
        return TypedResults.Ok(new ConnectionList(items));
    }
}
