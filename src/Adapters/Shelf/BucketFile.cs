namespace Muse.Adapters.Shelf;

/// <summary>A file of a bucket, read in windows: a player jumps about, and what it does not want is not fetched.</summary>
/// <param name="read">The bytes from the first to the second offset, both included.</param>
internal sealed class BucketFile(long length, Func<long, long, CancellationToken, Task<byte[]>> read) : Stream
{
    private const int Window = 1024 * 1024;

    private byte[] _window = [];
    private long _from;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= length || buffer.IsEmpty) return 0;
        if (_position < _from || _position >= _from + _window.Length)
        {
            _window = await read(_position, Math.Min(_position + Window, length) - 1, cancellationToken);
            _from = _position;
        }
        var at = (int)(_position - _from);
        var count = Math.Min(buffer.Length, _window.Length - at);
        _window.AsMemory(at, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Waits on a thread of the pool: headers are read so, when a recording is opened.</summary>
    public override int Read(byte[] buffer, int offset, int count) => Task.Run(() => ReadAsync(buffer.AsMemory(offset, count)).AsTask()).GetAwaiter().GetResult();

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = offset + origin switch { SeekOrigin.Begin => 0, SeekOrigin.Current => _position, _ => length };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
