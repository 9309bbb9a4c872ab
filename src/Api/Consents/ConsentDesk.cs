using Muse.Adapters.Postgres;
using Muse.Api.Identity;
using Muse.Domain;
using Muse.Domain.Consents;
using NodaTime;
using Npgsql;

namespace Muse.Api.Consents;

/// <summary>One person's consents on the desk, and what the caller is to that person.</summary>
/// <param name="IsOfAge">Of the person it is about.</param>
/// <param name="MayNotSpeak">Why the caller decides nothing here, though they may read it.</param>
internal sealed record ConsentsOnDesk(
    EventSession Session, IEventStream<PersonConsents> Stream, Person Person, Speaker Speaker, bool IsOfAge, Refusal? MayNotSpeak) : IAsyncDisposable
{
    public PersonConsents Consents => Stream.Aggregate ?? PersonConsents.None(Stream.Id, Person.PersonId);

    public ValueTask DisposeAsync() => Session.DisposeAsync();
}

/// <summary>What reading, giving and revoking share: whose they are, who asks, and in whose voice.</summary>
internal sealed class ConsentDesk(EventStore store, People people, NpgsqlDataSource database, TimeProvider time)
{
    public Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    /// <summary>One stream for each person.</summary>
    public static Guid StreamOf(Guid personId) => NameBasedId.From(personId, "consent");

    /// <summary>Null when it is neither the caller nor a child of the caller's: then it is not theirs to see.</summary>
    public async Task<ConsentsOnDesk?> LayOut(Guid personId, Caller caller, CancellationToken ct)
    {
        if (await VoiceOf(caller, personId, ct) is not { } voice || await people.Of(personId, ct) is not { } person)
            return null;
        var speaker = new Speaker(caller.PersonId, voice);
        var isOfAge = person.IsOfAge(Now);
        var session = store.OpenSession(new Actor(caller.PersonId, voice is ConsentVoice.Guardian ? Role.Guardian : null));
        var stream = await session.FetchForWriting<PersonConsents>(StreamOf(personId), ct);
        // The guardian who signed the device in may hold it: what is said there is not the child's own word, whatever the birth date.
        var mayNot = PersonConsents.MayNotSpeak(speaker, isOfAge && !(voice is ConsentVoice.Own && caller.IsChildsDevice));
        return new ConsentsOnDesk(session, stream, person, speaker, isOfAge, mayNot);
    }

    private async Task<ConsentVoice?> VoiceOf(Caller caller, Guid personId, CancellationToken ct)
    {
        if (caller.PersonId == personId)
            return ConsentVoice.Own;
        if (caller.GuardianId is not { } guardian)
            return null;
        await using var ask = database.Command(
            "select exists (select 1 from guardianships where guardian_id = $1 and person_id = $2)", guardian, personId);
        return await ask.ExecuteScalarAsync(ct) is true ? ConsentVoice.Guardian : null;
    }
}
