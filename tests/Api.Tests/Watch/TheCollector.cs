using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Muse.Api.Tests.Watch;

/// <summary>Takes metrics by OTLP over HTTP (opentelemetry-proto, metrics/v1), as a collector does, and remembers what it got.</summary>
public sealed class TheCollector : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TheCollector(WebApplication app) => _app = app;

    /// <summary>Metrics by name, each with its points' attributes as <c>name=value</c>.</summary>
    public ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> Metrics { get; } = new();

    public ConcurrentQueue<string> Headers { get; } = new();

    public string Address => _app.Urls.Single();

    public static async Task<TheCollector> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collector = new TheCollector(builder.Build());
        collector._app.MapPost("/v1/metrics", collector.Take);
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Take(HttpContext http)
    {
        http.Response.ContentType = "application/x-protobuf";
        if (http.Request.ContentType != "application/x-protobuf")
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }
        Headers.Enqueue(http.Request.Headers["api-key"].ToString());
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        // ExportMetricsServiceRequest.resource_metrics.scope_metrics.metrics
        foreach (var resource in Fields(body.ToArray(), 1))
        {
            foreach (var scope in Fields(resource, 2))
            {
                foreach (var metric in Fields(scope, 2)) Take(metric);
            }
        }
    }

    private void Take(ReadOnlyMemory<byte> metric)
    {
        var points = Metrics.GetOrAdd(Encoding.UTF8.GetString(Fields(metric, 1).Single().Span), _ => new());
        // gauge 5 and sum 7 have their points in 1, which have attributes in 7; a histogram 9 has them in 9.
        foreach (var (kind, attributes) in new[] { (5, 7), (7, 7), (9, 9) })
        {
            foreach (var point in Fields(metric, kind).SelectMany(data => Fields(data, 1)))
                points[string.Join(' ', Fields(point, attributes).Select(Attribute).Order())] = true;
        }
    }

    private static string Attribute(ReadOnlyMemory<byte> pair) =>
        $"{Encoding.UTF8.GetString(Fields(pair, 1).Single().Span)}={Encoding.UTF8.GetString(Fields(Fields(pair, 2).Single(), 1).Single().Span)}";

    /// <summary>The length-delimited fields of a protobuf message that have this number.</summary>
    private static List<ReadOnlyMemory<byte>> Fields(ReadOnlyMemory<byte> message, int number)
    {
        var fields = new List<ReadOnlyMemory<byte>>();
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message.Span, ref at);
            switch (key & 7)
            {
                case 0:
                    Varint(message.Span, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message.Span, ref at);
                    if ((int)(key >> 3) == number) fields.Add(message.Slice(at, length));
                    at += length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"No protobuf: wire type {key & 7}.");
            }
        }
        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0ul;
        for (var shift = 0; ; shift += 7)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
    }
}
