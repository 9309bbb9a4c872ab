using System.Globalization;

namespace Muse.Bench.Record;

/// <summary>Sees each part of all recordings below a folder when the line that vouches for it stands in its index.</summary>
internal sealed class Watched : IDisposable
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<string, long> _read = [];
    private readonly Dictionary<string, double> _clocks = [];
    private readonly CancellationTokenSource _over = new();
    private readonly Task _looking;
    private readonly string _folder;

    public Watched(string folder)
    {
        _folder = folder;
        _looking = Task.Run(Look);
    }

    /// <summary>Seconds from a part's last sample to its line, of all parts.</summary>
    public List<double> Waits { get; } = [];

    /// <summary>Repeatable.</summary>
    public void Dispose()
    {
        if (_looking.IsCompleted)
            return;
        _over.Cancel();
        _looking.Wait();
        _over.Dispose();
    }

    private async Task Look()
    {
        using var clock = new PeriodicTimer(s_lookEvery);
        try
        {
            while (await clock.WaitForNextTickAsync(_over.Token))
            {
                foreach (var index in Directory.EnumerateFiles(_folder, "track-*.index", SearchOption.AllDirectories))
                    Read(index);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Read(string index)
    {
        using var file = new FileStream(index, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var from = _read.GetValueOrDefault(index);
        if (file.Length == from)
            return;
        file.Position = from;
        var bytes = new byte[file.Length - from];
        file.ReadExactly(bytes);
        var end = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        _read[index] = from + end;
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var line in System.Text.Encoding.ASCII.GetString(bytes, 0, end).Split('\n'))
        {
            var words = line.Split(' ');
            if (words[0] == "track")
                _clocks[index] = double.Parse(words[2], CultureInfo.InvariantCulture);
            // When its first sample came, and how long it is.
            if (words[0] == "part")
                Waits.Add(((now - long.Parse(words[6], CultureInfo.InvariantCulture)) / 1_000.0) - (long.Parse(words[5], CultureInfo.InvariantCulture) / _clocks[index]));
        }
    }
}
