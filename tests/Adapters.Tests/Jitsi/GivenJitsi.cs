using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Muse.Adapters.Jitsi;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Adapters.Tests.Jitsi;

/// <summary>Servers, a lesson and people for the tests of Jitsi.</summary>
internal static class GivenJitsi
{
    public const string Secret = "the-secret-that-prosody-knows-too";

    public static readonly Instant Start = Instant.FromUtc(2026, 12, 7, 8, 0);

    public static readonly RSA Key = RSA.Create(2048);

    public static JitsiServer SelfHosted(string domain = "meet.example.org", string? tenant = null, string secret = Secret) =>
        new(new Uri($"https://{domain}"), tenant, "muse", JitsiKey.Hs256(secret)!);

    public static JitsiServer Jaas { get; } = new(new Uri("https://8x8.vc"), "vpaas-magic-cookie-1", "vpaas-magic-cookie-1",
        JitsiKey.Rs256(Key, "vpaas-magic-cookie-1/4f4910"))
    { Issuer = "chat" };

    public static JitsiRooms Rooms(byte first = 1) => new([first, .. new byte[31]]);

    public static MeetingOrder Order(Guid? lesson = null) =>
        new(lesson ?? Guid.Parse("0193a000-0000-7000-8000-000000000001"), Guid.Parse("0193a000-0000-7000-8000-000000000002"), "kim@example.org",
            "Muse lesson", Start, 45, "Asia/Seoul", "https://muse.example/lessons/1");

    /// <summary>Every server answers so, whatever it is called.</summary>
    public static JitsiPulse Pulse(Func<HttpRequestMessage, HttpResponseMessage> server) =>
        new(new JitsiWire(new OneWire(server), new JitsiOptions(), TimeProvider.System), TimeProvider.System);

    /// <summary>A server that answers and lets nobody show a token.</summary>
    public static JitsiPulse Answering { get; } = Pulse(request => request.RequestUri!.AbsolutePath.EndsWith(".js", StringComparison.Ordinal)
        ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("var config = {};") }
        : new HttpResponseMessage(HttpStatusCode.NotFound));

    public static MeetingGuest Tutor { get; } =
        new(Guid.Parse("0193a000-0000-7000-8000-000000000003"), Part.Tutor, "김서연 \"Seo\"", "ko-KR", "kim@example.org");

    public static MeetingGuest Child { get; } =
        new(Guid.Parse("0193a000-0000-7000-8000-000000000004"), Part.Student, "Layla", "ar-AE", null);

    public static JsonElement Segment(string jwt, int part)
    {
        using var document = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(jwt.Split('.')[part]));
        return document.RootElement.Clone();
    }

    public static string TokenIn(string door) => door.Split("?jwt=")[1].Split('#')[0];
}

/// <summary>The wire to a server that is a few lines of a test.</summary>
internal sealed class OneWire(Func<HttpRequestMessage, HttpResponseMessage> server) : HttpMessageHandler, IHttpClientFactory
{
    public HttpClient CreateClient(string name) => new(this, disposeHandler: false);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromResult(server(request));
}

/// <summary>What tutors connected, by tutor; keys as JSON.</summary>
internal sealed class ConnectedKeys(Dictionary<Guid, AccountAccess> keys) : IProviderAccounts
{
    public List<Guid> Used { get; } = [];

    public List<string> Refused { get; } = [];

    public Task NoteRefusal(Guid tutorId, string provider, string keys, CancellationToken ct)
    {
        Refused.Add(keys);
        return Task.CompletedTask;
    }

    public Task NoteUse(Guid tutorId, string provider, CancellationToken ct)
    {
        Used.Add(tutorId);
        return Task.CompletedTask;
    }

    public Task<AccountAccess> Access(Guid tutorId, string provider, string? refused, CancellationToken ct) =>
        Task.FromResult(keys.GetValueOrDefault(tutorId, AccountAccess.None));

    public Task<bool> HasLive(Guid tutorId, string provider, CancellationToken ct) =>
        Task.FromResult(keys.TryGetValue(tutorId, out var access) && access is { Dead: false, Token: not null });
}
