using System.Collections.Concurrent;

namespace Muse.Imitations;

/// <summary>A webhook as it was answered; <paramref name="Status"/> is 0 when nobody answered in time.</summary>
public sealed record Delivered(string What, int Status);

/// <summary>A webhook on its way.</summary>
/// <param name="Make">Makes the request anew for each try, signed for the moment of the try.</param>
public sealed record Letter(string What, Func<HttpRequestMessage> Make);

/// <summary>How a provider's webhooks travel: one after the other, each in its own time, and wrongly when a test wishes so.</summary>
public sealed class Deliveries : IDisposable
{
    private HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly ConcurrentQueue<Delivered> _sent = new();
    private readonly Lock _gate = new();
    private readonly List<Letter> _held = [];

    /// <summary>To a Muse that listens at no port; call it before the first one goes out.</summary>
    public void Through(HttpMessageHandler handler)
    {
        _http.Dispose();
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>How long an answer is waited for, in the machine's own time: a test on a machine with much to do may wait longer.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Each goes out twice.</summary>
    public bool Twice { get; set; }

    /// <summary>None goes out before <see cref="Release"/>.</summary>
    public bool Hold { get; set; }

    /// <summary>They are lost on their way.</summary>
    public bool Lose { get; set; }

    /// <summary>What was sent and how it was answered, oldest first.</summary>
    public IReadOnlyCollection<Delivered> Sent => _sent;

    /// <summary>Ends when the receiver has answered, or has not in time; never throws for that.</summary>
    /// <param name="make">Makes the request anew for each try, signed for the moment of the try.</param>
    /// <returns>The HTTP status of the last answer; 0 when nobody answered; null while it is held back.</returns>
    public async Task<int?> Send(string what, Func<HttpRequestMessage> make)
    {
        if (Lose) return 0;
        if (Hold)
        {
            lock (_gate) _held.Add(new Letter(what, make));
            return null;
        }
        var status = 0;
        for (var time = 0; time < (Twice ? 2 : 1); time++)
            status = await Once(what, make);
        return status;
    }

    /// <summary>A provider's own question to Muse, on the same way as the webhooks, and never held back, doubled or noted.</summary>
    /// <exception cref="HttpRequestException">Nobody is there.</exception>
    /// <exception cref="OperationCanceledException">Nobody answered in time.</exception>
    public async Task<HttpResponseMessage> Ask(HttpRequestMessage request)
    {
        using var late = new CancellationTokenSource(Patience);
        return await _http.SendAsync(request, late.Token);
    }

    /// <summary>What was held back so far, in its order; whoever takes it delivers it.</summary>
    public IReadOnlyList<Letter> TakeHeld()
    {
        lock (_gate)
        {
            Letter[] held = [.. _held];
            _held.Clear();
            return held;
        }
    }

    /// <summary>As <see cref="Send"/>, once, and whatever else is set.</summary>
    /// <returns>The HTTP status; 0 when nobody answered.</returns>
    public Task<int> Deliver(Letter letter) => Once(letter.What, letter.Make);

    /// <summary>Sends what was held back, the last first when <paramref name="reversed"/>.</summary>
    public async Task Release(bool reversed = false)
    {
        Hold = false;
        var held = TakeHeld();
        if (reversed) held = [.. held.Reverse()];
        foreach (var letter in held)
            await Send(letter.What, letter.Make);
    }

    public void Dispose() => _http.Dispose();

    private async Task<int> Once(string what, Func<HttpRequestMessage> make)
    {
        using var request = make();
        var status = 0;
        using var enough = new CancellationTokenSource(Patience);
        try
        {
            using var answer = await _http.SendAsync(request, enough.Token);
            status = (int)answer.StatusCode;
        }
        catch (Exception nobody) when (nobody is HttpRequestException or TaskCanceledException)
        {
            // The provider's own affair: it tries again or gives up.
        }
        _sent.Enqueue(new Delivered(what, status));
        while (_sent.Count > 1_000) _sent.TryDequeue(out _);
        return status;
    }
}
