using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Muse.Imitations.Zoom;

/// <summary>What people do in meetings. Each ends once its webhook is answered, or has not been in three seconds.</summary>
public sealed partial class ZoomImitation
{
    public override IReadOnlyCollection<Happening> Happenings { get; } =
        [Happening.Start, Happening.JoinAsHost, Happening.Join, Happening.Leave, Happening.End, Happening.RecordingReady, Happening.Delete];

    public override async Task MakeHappen(string reference, Happening what, string? guest)
    {
        var meeting = Find(reference) ?? throw new ArgumentException($"Zoom holds no meeting {reference}.", nameof(reference));
        switch (what)
        {
            case Happening.Start:
                await Start(meeting);
                break;
            case Happening.JoinAsHost:
                await Join(meeting, meeting.Host.Name, meeting.Host.Email, meeting.Host);
                break;
            case Happening.Join:
                await Join(meeting, guest ?? "A guest");
                break;
            case Happening.Leave:
                await Leave(meeting, guest ?? "A guest");
                break;
            case Happening.End:
                await End(meeting);
                break;
            case Happening.RecordingReady:
                await RecordingReady(meeting, await PlayableFile.Video, sound: await PlayableFile.Sound);
                break;
            case Happening.Delete:
                Remove(meeting.Id);
                await Told();
                break;
            default:
                await base.MakeHappen(reference, what, guest);
                break;
        }
    }

    public ZoomMeeting? Find(string reference)
    {
        lock (_gate) return long.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? _meetings.GetValueOrDefault(id) : null;
    }

    /// <summary>Nothing when it is going on already. A meeting that ended begins anew, as another instance.</summary>
    public async Task Start(ZoomMeeting meeting)
    {
        lock (_gate)
        {
            if (meeting.State == "started") return;
            if (meeting.Sittings.Count > 0) meeting.Uuid = NewUuid(++_lastId);
            meeting.Sittings.Add(new ZoomSitting { Uuid = meeting.Uuid, Began = Second() });
            meeting.State = "started";
        }
        var thing = new JsonObject
        {
            ["duration"] = meeting.Duration,
            ["start_time"] = ZoomRules.Time(meeting.Sittings[^1].Began),
            ["timezone"] = meeting.TimeZone,
            ["topic"] = meeting.Topic,
            ["id"] = meeting.Id,
            ["type"] = meeting.Type,
            ["uuid"] = meeting.Uuid,
            ["host_id"] = meeting.Host.Id,
        };
        await Tell("meeting.started", meeting.Host.AccountId, thing);
    }

    /// <summary>Whoever comes first starts it.</summary>
    /// <param name="user">Whose account the guest is signed in with; null for none.</param>
    public async Task Join(ZoomMeeting meeting, string name, string email = "", ZoomUser? user = null)
    {
        await Start(meeting);
        ZoomGuest guest;
        lock (_gate)
        {
            guest = NewGuest(name, email, user);
            meeting.Sittings[^1].Guests.Add(guest);
            meeting.Present.Add(name);
        }
        await TellGuest("meeting.participant_joined", meeting, guest, "join_time", guest.Came);
    }

    /// <summary>Somebody knocks and is not let in yet.</summary>
    public async Task Knock(ZoomMeeting meeting, string name, string email = "")
    {
        await Start(meeting);
        ZoomGuest guest;
        lock (_gate)
        {
            guest = NewGuest(name, email, null);
            guest.Waits = true;
            meeting.Sittings[^1].Guests.Add(guest);
        }
        await TellGuest("meeting.participant_joined_waiting_room", meeting, guest, "date_time", guest.Came);
    }

    /// <summary>Nothing when nobody of that name is there.</summary>
    public async Task Leave(ZoomMeeting meeting, string name, string why = "left the meeting")
    {
        ZoomGuest? guest;
        lock (_gate)
        {
            guest = meeting.Sittings.LastOrDefault()?.Guests.Find(g => g.Name == name && g.Went is null && !g.Waits);
            if (guest is null) return;
            guest.Went = Second();
            meeting.Present.Remove(name);
        }
        await TellGuest("meeting.participant_left", meeting, guest, "leave_time", guest.Went.Value, $"{name} left the meeting.<br>Reason: {why}.");
    }

    /// <summary>Everybody leaves, and it is over.</summary>
    public async Task End(ZoomMeeting meeting)
    {
        string[] present;
        lock (_gate)
        {
            if (meeting.Sittings.LastOrDefault() is not { Over: null }) return;
            present = [.. meeting.Present];
        }
        foreach (var name in present) await Leave(meeting, name, "Host ended the meeting");
        ZoomSitting sitting;
        lock (_gate)
        {
            sitting = meeting.Sittings[^1];
            (meeting.State, sitting.Over) = ("ended", Second());
            foreach (var waiting in sitting.Guests.Where(g => g.Went is null)) waiting.Went = sitting.Over;
        }
        var thing = About(meeting, sitting);
        thing["end_time"] = ZoomRules.Time(sitting.Over);
        await Tell("meeting.ended", meeting.Host.AccountId, thing);
    }

    /// <summary>Zoom has finished the last sitting's recording.</summary>
    /// <param name="video">The file of the video; a file of sound alone and, on demand, a transcript come beside it.</param>
    /// <param name="sound">A third of the video's bytes where a test does not care.</param>
    public async Task RecordingReady(ZoomMeeting meeting, byte[] video, bool transcript = false, byte[]? sound = null)
    {
        ZoomSitting sitting;
        lock (_gate)
        {
            sitting = meeting.Sittings.LastOrDefault() ?? throw new InvalidOperationException("Nobody has met there.");
            var (from, to) = (sitting.Began, sitting.Over ?? Second());
            sitting.Files.Add(new ZoomFile(Guid.NewGuid().ToString(), "MP4", "shared_screen_with_speaker_view", video, from, to));
            sitting.Files.Add(new ZoomFile(Guid.NewGuid().ToString(), "M4A", "audio_only", sound ?? [.. video.Take(video.Length / 3 + 1)], from, to));
        }
        await TellRecording("recording.completed", meeting, sitting, f => f.Type != "TRANSCRIPT");
        if (!transcript) return;
        lock (_gate)
            sitting.Files.Add(new ZoomFile(Guid.NewGuid().ToString(), "TRANSCRIPT", "audio_transcript", "WEBVTT\n\n"u8.ToArray(), sitting.Began, sitting.Over ?? Second()));
        await TellRecording("recording.transcript_completed", meeting, sitting, f => f.Type == "TRANSCRIPT");
    }

    /// <summary>An administrator switches somebody off.</summary>
    public async Task Deactivate(ZoomUser user)
    {
        RemoveUser(user);
        Disconnect(user);
        await Tell("user.deactivated", user.AccountId, new JsonObject
        {
            ["id"] = user.Id,
            ["first_name"] = user.Name,
            ["last_name"] = "",
            ["email"] = user.Email,
            ["type"] = user.IsPaid ? 2 : 1,
        }, operated: user.Email);
    }

    partial void Changed(string what, ZoomMeeting meeting)
    {
        JsonObject thing;
        lock (_gate)
        {
            thing = what is "meeting.updated"
                ? new JsonObject { ["id"] = meeting.Id, ["topic"] = meeting.Topic, ["start_time"] = ZoomRules.Time(meeting.Start), ["duration"] = meeting.Duration }
                : new JsonObject
                {
                    ["uuid"] = meeting.Uuid,
                    ["id"] = meeting.Id,
                    ["host_id"] = meeting.Host.Id,
                    ["topic"] = meeting.Topic,
                    ["type"] = meeting.Type,
                    ["start_time"] = ZoomRules.Time(meeting.Start),
                    ["duration"] = meeting.Duration,
                    ["timezone"] = meeting.TimeZone,
                };
        }
        // Nobody's call to Zoom waits until Zoom has told others about it.
        Later(Tell(what, meeting.Host.AccountId, thing, operated: meeting.Host.Email));
    }

    private async Task TellGuest(string name, ZoomMeeting meeting, ZoomGuest guest, string timeName, DateTimeOffset at, string? why = null)
    {
        JsonObject thing;
        lock (_gate) thing = About(meeting, meeting.Sittings[^1]);
        var person = new JsonObject
        {
            ["user_id"] = guest.Key,
            ["user_name"] = guest.Name,
            ["id"] = guest.User?.Id ?? "",
            ["participant_uuid"] = guest.Uuid,
            [timeName] = ZoomRules.Time(at),
            ["email"] = guest.Email,
            ["registrant_id"] = "",
            ["participant_user_id"] = guest.User?.Id ?? "",
            ["customer_key"] = "",
            ["phone_number"] = "",
        };
        if (why is not null) person["leave_reason"] = why;
        thing["participant"] = person;
        await Tell(name, meeting.Host.AccountId, thing);
    }

    /// <summary>As in all but <c>meeting.started</c>: the id is a string.</summary>
    private static JsonObject About(ZoomMeeting meeting, ZoomSitting sitting) => new()
    {
        ["id"] = meeting.Id.ToString(CultureInfo.InvariantCulture),
        ["uuid"] = sitting.Uuid,
        ["host_id"] = meeting.Host.Id,
        ["topic"] = meeting.Topic,
        ["type"] = meeting.Type,
        ["start_time"] = ZoomRules.Time(sitting.Began),
        ["timezone"] = meeting.TimeZone,
        ["duration"] = meeting.Duration,
    };

    private ZoomGuest NewGuest(string name, string email, ZoomUser? user) => new(
        RandomNumberGenerator.GetInt32(16_778_240, 99_999_999).ToString(CultureInfo.InvariantCulture), Guid.NewGuid().ToString().ToUpperInvariant(),
        name, user?.Email ?? email, user, Second());

    /// <summary>Zoom tells whole seconds.</summary>
    private DateTimeOffset Second() => DateTimeOffset.FromUnixTimeSeconds(Clock.GetUtcNow().ToUnixTimeSeconds());
}
