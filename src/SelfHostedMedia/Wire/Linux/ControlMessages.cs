namespace Muse.SelfHostedMedia.Wire.Linux;

/// <summary>What the kernel says beside a datagram: a row of struct cmsghdr (length with header, level, type) on 8-byte boundaries.</summary>
internal static class ControlMessages
{
    private const int Header = 16;

    /// <returns>The data of the first message of that kind; empty when there is none.</returns>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> control, int level, int type)
    {
        while (control.Length >= Header)
        {
            var length = BitConverter.ToUInt64(control);
            if (length < Header || length > (ulong)control.Length)
                return default;
            if (BitConverter.ToInt32(control[8..]) == level && BitConverter.ToInt32(control[12..]) == type)
                return control[Header..(int)length];
            control = control[Math.Min(control.Length, ((int)length + 7) & ~7)..];
        }

        return default;
    }
}
