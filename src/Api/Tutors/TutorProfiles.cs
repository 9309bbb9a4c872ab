using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;
using Muse.Domain.Sandboxes;
using Muse.Domain.Tutors;
using Npgsql;

namespace Muse.Api.Tutors;

/// <summary><c>tutor_profiles</c>: what tutors teach. The introduction's text is beside it, in the mutable table <c>introductions</c>.</summary>
internal sealed class TutorProfiles : IProjection
{
    public string Name => "tutor_profiles";

    public int Version => 2;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } = ["tutor_registered", "tutor_profile_set", "tutor_meeting_preferences_set", "sandbox_emptied"];

    public IReadOnlyList<string> Tables { get; } = ["tutor_profiles"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case TutorRegistered tutor:
                batch.Write("""
                    insert into tutor_profiles (tutor_id, person_id, instruments, languages, levels, pro_bono, is_set, version)
                    values ($1, $2, '{}', '{}', '{}', false, false, $3)
                    """, tutor.TutorId, tutor.PersonId, e.Version);
                break;
            case TutorProfileSet profile:
                batch.Write("""
                    update tutor_profiles set instruments = $2, languages = $3, levels = $4, pro_bono = $5, is_set = true, version = $6
                    where tutor_id = $1
                    """, profile.TutorId, profile.Instruments.ToArray(), profile.Languages.ToArray(), profile.Levels.ToArray(),
                    profile.ProBono, e.Version);
                break;
            case TutorMeetingPreferencesSet preferences:
                // The same stream, so the profile's ETag moves on, too.
                batch.Write("update tutor_profiles set version = $2 where tutor_id = $1", preferences.TutorId, e.Version);
                break;
            case SandboxEmptied emptied:
                batch.Write("delete from tutor_profiles where tutor_id = any($1)", emptied.People.Select(person => person.RoleId).ToArray());
                break;
        }
    }
}
