namespace Muse.SelfHostedMedia.Rooms.Forwarding;

/// <summary>What of a track a subscription shall get.</summary>
/// <param name="Spatial">The highest picture size: the place in <see cref="PublishedTrack.Encodings"/> of a simulcast, or the spatial layer of a
/// scalable stream; more than there are means the highest.</param>
/// <param name="Temporal">The highest temporal layer; more than there are means all pictures.</param>
/// <param name="IsPaused">Nothing at all; resumes at a key frame.</param>
internal readonly record struct LayerTarget(byte Spatial, byte Temporal, bool IsPaused)
{
    /// <summary>Everything.</summary>
    public static LayerTarget Highest { get; } = new(byte.MaxValue, byte.MaxValue, false);

    public static LayerTarget Paused { get; } = new(0, 0, true);

    public LayerLimit Limit => new(Spatial, Temporal);

    /// <summary>The best encoding there is: the wanted one, else the next lower, else the lowest of those that still come. A layer that does
    /// not come is a normal state: the publisher's line may be too thin for it.</summary>
    /// <returns>Null while nothing has come of a simulcast.</returns>
    public Encoding? Choose(ReadOnlySpan<Encoding> encodings)
    {
        if (IsPaused)
            return null;
        if (encodings.Length == 1)
            return encodings[0];
        var newest = -1L;
        foreach (var encoding in encodings)
            newest = Math.Max(newest, encoding.HeardAt);
        Encoding? chosen = null;
        foreach (var encoding in encodings)
        {
            // Silent while the others go on: it has ended. Silent together: the camera has, and nothing is better.
            if (encoding.HeardAt < 0 || newest - encoding.HeardAt > Encoding.EndedAfter)
                continue;
            if (chosen is null || encoding.Position <= Spatial)
                chosen = encoding;
        }

        return chosen;
    }
}
