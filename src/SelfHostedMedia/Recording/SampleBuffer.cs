namespace Muse.SelfHostedMedia.Recording;

/// <summary>Where a picture is put together. Grows to the largest one and stays.</summary>
/// <param name="limit">Bytes: a stranger's picture is never larger.</param>
internal sealed class SampleBuffer(int limit)
{
    private byte[] _bytes = new byte[Math.Min(16 * 1_024, limit)];

    public int Length { get; private set; }

    public Span<byte> Bytes => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Truncate(int length) => Length = Math.Min(Length, length);

    /// <returns>False beyond the limit; nothing is appended then.</returns>
    public bool Append(ReadOnlySpan<byte> bytes)
    {
        if (!Grow(bytes.Length))
            return false;
        bytes.CopyTo(_bytes.AsSpan(Length - bytes.Length));
        return true;
    }

    /// <summary>Moves what begins at a place towards the end.</summary>
    public bool Insert(int at, int count)
    {
        var length = Length;
        if (!Grow(count))
            return false;
        _bytes.AsSpan(at, length - at).CopyTo(_bytes.AsSpan(at + count));
        return true;
    }

    /// <summary>Takes bytes out of the middle.</summary>
    public void Remove(int at, int count)
    {
        _bytes.AsSpan(at + count, Length - at - count).CopyTo(_bytes.AsSpan(at));
        Length -= count;
    }

    private bool Grow(int count)
    {
        if (count > limit - Length)
            return false;
        if (Length + count > _bytes.Length)
            Array.Resize(ref _bytes, Math.Min(limit, Math.Max(Length + count, _bytes.Length * 2)));
        Length += count;
        return true;
    }
}
