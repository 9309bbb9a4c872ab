using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Muse.Imitations.Webhooks;

/// <summary>What a receiver does with one delivery.</summary>
public sealed record Reaction
{
    private enum Manner { Answers, Hangs, Drips, NeverEnds, SaysTooMuch, SaysTooLittle, Breaks }

    private readonly Manner _manner;
    private readonly int _status = StatusCodes.Status204NoContent;
    private readonly (string Name, string Value)? _header;

    private Reaction(Manner manner) => _manner = manner;

    /// <summary>204, at once.</summary>
    public static Reaction Takes { get; } = new(Manner.Answers);

    /// <summary>No answer until the sender gives up.</summary>
    public static Reaction Hangs { get; } = new(Manner.Hangs);

    /// <summary>The connection breaks without an answer.</summary>
    public static Reaction Breaks { get; } = new(Manner.Breaks);

    /// <summary>200, and a body of which a byte comes every 100 ms until the sender gives up.</summary>
    public static Reaction Drips { get; } = new(Manner.Drips);

    /// <summary>200, and a body as fast as it is read that never ends.</summary>
    public static Reaction NeverEnds { get; } = new(Manner.NeverEnds);

    /// <summary>200 with a Content-Length of which ten bytes come, and then nothing more on an open connection.</summary>
    public static Reaction SaysTooMuch { get; } = new(Manner.SaysTooMuch);

    /// <summary>200 with a Content-Length of 2, and behind it what looks like another answer.</summary>
    public static Reaction SaysTooLittle { get; } = new(Manner.SaysTooLittle);

    /// <param name="retryAfter">As it stands in the header: seconds or a date.</param>
    public static Reaction Answers(int status, string? retryAfter = null) => new(status, retryAfter is null ? null : ("Retry-After", retryAfter));

    /// <summary>307.</summary>
    public static Reaction RedirectTo(string address) => new(StatusCodes.Status307TemporaryRedirect, ("Location", address));

    private Reaction(int status, (string, string)? header) : this(Manner.Answers) => (_status, _header) = (status, header);

    internal async Task Show(HttpContext http)
    {
        try
        {
            await (_manner switch
            {
                Manner.Answers => Answer(http.Response),
                Manner.Drips => Pour(http, 1, TimeSpan.FromMilliseconds(100)),
                Manner.NeverEnds => Pour(http, 64 * 1024, TimeSpan.Zero),
                Manner.SaysTooMuch => Raw(http, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n0123456789"),
                Manner.SaysTooLittle => Raw(http, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"),
                Manner.Breaks => Task.CompletedTask,
                _ => Task.Delay(Timeout.Infinite, http.RequestAborted),
            });
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // The sender gave up, as it should.
        }
        if (_manner is not Manner.Answers) http.Abort();
    }

    private Task Answer(HttpResponse response)
    {
        response.StatusCode = _status;
        if (_header is var (name, value)) response.Headers[name] = value;
        return Task.CompletedTask;
    }

    private static async Task Pour(HttpContext http, int size, TimeSpan pause)
    {
        var part = new byte[size];
        while (!http.RequestAborted.IsCancellationRequested)
        {
            await http.Response.Body.WriteAsync(part, http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await Task.Delay(pause, http.RequestAborted);
        }
    }

    /// <summary>Past the server, which would not let a lie through.</summary>
    private static async Task Raw(HttpContext http, string answer)
    {
        var wire = http.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport.Output;
        await wire.WriteAsync(Encoding.ASCII.GetBytes(answer), http.RequestAborted);
        await Task.Delay(Timeout.Infinite, http.RequestAborted);
    }
}
