namespace Muse.SelfHostedMedia.Sctp;

/// <summary>The library hands a message over in parts; one is put together at a time. What grows beyond the bound is swallowed to its end.</summary>
internal sealed class MessageAssembly(int maxMessage)
{
    private readonly byte[] _bytes = new byte[maxMessage];
    private int _length;
    private bool _isTooLong;

    /// <summary>Messages that were too long.</summary>
    public long TooLong { get; private set; }

    /// <param name="message">The whole message, valid until the next call.</param>
    /// <returns>True when this part was the last of a message that fits.</returns>
    public bool Add(ReadOnlySpan<byte> part, bool isLast, out ReadOnlySpan<byte> message)
    {
        message = default;
        if (_isTooLong || part.Length > _bytes.Length - _length)
        {
            _isTooLong = true;
        }
        else
        {
            part.CopyTo(_bytes.AsSpan(_length));
            _length += part.Length;
        }

        if (!isLast)
            return false;
        var fits = !_isTooLong;
        if (fits)
            message = _bytes.AsSpan(0, _length);
        else
            TooLong++;
        Forget();
        return fits;
    }

    /// <summary>The rest of the present message will not come.</summary>
    public void Forget() => (_length, _isTooLong) = (0, false);
}
