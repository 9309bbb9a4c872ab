using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.Recordings;
using Muse.Domain.Consents;
using NodaTime;

namespace Muse.Api.Consents;

/// <summary>Who said it.</summary>
/// <param name="DisplayName">Empty when the person is not known any more.</param>
public sealed record ConsentSpeaker(Guid PersonId, string DisplayName, ConsentVoice Voice);

/// <param name="PersonId">Whom it is about.</param>
/// <param name="Given">It stands now; without it the three that follow are null.</param>
/// <param name="MayDecide">The caller may give and revoke it.</param>
/// <param name="Version">For <c>If-Match</c>; 0 when nothing was ever said.</param>
/// <param name="KeptRevokedDays">After so many days what was recorded is deleted, once it is taken back.</param>
public sealed record ConsentView(
    Guid PersonId, ConsentPurpose Purpose, bool Given, Instant? GivenAt, ConsentSpeaker? By, ConsentMethod? Method, bool MayDecide, long Version, int KeptRevokedDays);

/// <summary><c>GET /v1/people/{personId}/consents/{purpose}</c>, for the person and the guardians.</summary>
internal static class ReadConsent
{
    public static async Task<Results<Ok<ConsentView>, ProblemHttpResult>> Handle(
        Guid personId, string purpose, Caller caller, ConsentDesk desk, People people, RecordingsOptions options, HttpContext http, CancellationToken ct)
    {
        if (Find(purpose) is not { } wanted || await desk.LayOut(personId, caller, ct) is not { } found)
            return Problems.NotFound();
        await using (found)
            return await Show(found, wanted, people, options, http, ct);
    }

    internal static ConsentPurpose? Find(string purpose) => purpose == "recording" ? ConsentPurpose.Recording : null;

    internal static async Task<Ok<ConsentView>> Show(
        ConsentsOnDesk found, ConsentPurpose purpose, People people, RecordingsOptions options, HttpContext http, CancellationToken ct)
    {
        var given = found.Consents.Standing(purpose, found.IsOfAge);
        var by = given is null ? null : await people.Of(given.By.PersonId, ct);
        ETags.Put(http, found.Stream.StartingVersion);
        return TypedResults.Ok(new ConsentView(
            found.Person.PersonId, purpose, given is not null, given?.At,
            given is null ? null : new ConsentSpeaker(given.By.PersonId, by?.DisplayName ?? "", given.By.Voice),
            given?.Method, found.MayNotSpeak is null, found.Stream.StartingVersion, options.KeepRevokedDays));
    }
}
