namespace Muse.Api.Rooms;

/// <summary>In which role a person is in the room of a lesson.</summary>
public enum RoomRole
{
    Tutor,
    Student,
    Guardian,

    /// <summary>Came by a guest link; always waits to be let in.</summary>
    Guest,
}

/// <summary>What not everybody in a room may do.</summary>
public enum RoomAct
{
    /// <summary>End the lesson for all.</summary>
    EndLesson,

    /// <summary>Stop somebody's sound or picture from being passed on, and let it through again.</summary>
    Silence,

    /// <summary>Show somebody large to all.</summary>
    Spotlight,

    /// <summary>Let those in who wait, or send them away.</summary>
    LetIn,

    /// <summary>Close the door, so that whoever comes waits.</summary>
    KeepDoor,

    /// <summary>Have the lesson recorded, or not.</summary>
    Record,
}

/// <summary>Who may do what in a room: here and nowhere else.</summary>
public static class RoomRights
{
    /// <summary>Null, or the code of the refusal.</summary>
    public static string? Refuses(this RoomRole role, RoomAct act) => role == RoomRole.Tutor ? null : act switch
    {
        RoomAct.EndLesson or RoomAct.Silence or RoomAct.Spotlight or RoomAct.LetIn or RoomAct.KeepDoor or RoomAct.Record => "not_allowed",
        _ => null,
    };
}
