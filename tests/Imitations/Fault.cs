namespace Muse.Imitations;

/// <summary>What goes wrong with one request.</summary>
public enum Fault
{
    /// <summary>The connection breaks before anything happened.</summary>
    BrokenBefore,
    /// <summary>It happened, and the connection breaks before the answer.</summary>
    BrokenAfter,
    /// <summary>Nothing happens and no answer comes until the caller gives up.</summary>
    SilentBefore,
    /// <summary>It happened, and no answer comes until the caller gives up.</summary>
    SilentAfter,
    /// <summary>401, as if the token had expired a moment ago.</summary>
    Unauthorized,
    /// <summary>429 in the provider's words, with the time to wait.</summary>
    TooManyWithWait,
    /// <summary>429 in the provider's words, without a time to wait.</summary>
    TooMany,
    ServerError,
    BadGateway,
    /// <summary>The right answer, a few bytes at a time: a second or two for a whole one.</summary>
    SlowBody,
    /// <summary>It happened, and the answer's JSON is broken.</summary>
    BrokenJson,
    /// <summary>307 to the same address.</summary>
    Redirect,
}
