using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Muse.SelfHostedMedia.Tests.Rooms;
using NodaTime;

namespace Muse.Api.Tests.Rooms;

/// <summary>A server with media on loopback, a tutor and a student, and a lesson whose room is open.</summary>
public class TheStreamServer : TheRoomServer
{
    public const string Sdp = "application/sdp";
    public const string Fragment = "application/trickle-ice-sdpfrag";
    public const string BenchKey = "0123456789abcdef0123456789abcdef";

    public TheStreamServer()
    {
        With("Rooms:AdvertisedAddresses:0", "127.0.0.1").With("Rooms:Bench:Key", BenchKey).With("Rooms:MaxListeners", "400")
            .With("Rooms:Turn:Urls:0", "turns:turn.example.org:443?transport=tcp").With("Rooms:Turn:Urls:1", "turn:turn.example.org:3478?transport=udp")
            .With("Rooms:Turn:Urls:2", "stun:turn.example.org:3478").With("Rooms:Turn:Secret", "a secret of a relay");
    }

    public async Task<(SignedIn Tutor, SignedIn Student, Guid Lesson)> OpenLesson(Duration? startsIn = null)
    {
        var (tutor, student) = (await Tutor(), await Student());
        return (tutor, student, await Lesson(tutor, student, startsIn ?? Duration.FromMinutes(5)));
    }

    public static async Task<string> Key(SignedIn person, Guid lesson, string use, int listeners = 1)
    {
        using var made = await person.Http.PostAsJsonAsync($"/v1/lessons/{lesson}/stream-keys", new { use, listeners });
        Assert.True(made.StatusCode == HttpStatusCode.Created, await made.Content.ReadAsStringAsync());
        return (await made.Json()).GetProperty("token").GetString()!;
    }

    /// <summary>A client that sends this bearer.</summary>
    public HttpClient Bearer(string token)
    {
        var http = Anyone();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    public async Task<HttpResponseMessage> Post(string token, string path, string body, string type = Sdp)
    {
        using var http = Bearer(token);
        return await http.PostAsync(path, Text(body, type));
    }

    public async Task<HttpResponseMessage> Patch(string token, string path, string body, string? tag, string type = Fragment)
    {
        using var http = Bearer(token);
        using var request = new HttpRequestMessage(HttpMethod.Patch, path) { Content = Text(body, type) };
        if (tag is not null) request.Headers.TryAddWithoutValidation("If-Match", tag);
        return await http.SendAsync(request);
    }

    public async Task<HttpResponseMessage> Delete(string token, string path)
    {
        using var http = Bearer(token);
        return await http.DeleteAsync(path);
    }

    /// <summary>Publishes sound and picture into the room, connected; the session's path is the answer's Location.</summary>
    internal async Task<(TestPeer Peer, string Session, HttpResponseMessage Answer)> Publish(string token, Guid room)
    {
        var peer = new TestPeer();
        var answer = await Post(token, $"/v1/rooms/{room}/whip", peer.Offer("sendonly", "audio", "video"));
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        peer.Connect(await answer.Content.ReadAsStringAsync());
        return (peer, answer.Headers.Location!.OriginalString, answer);
    }

    internal async Task<(TestPeer Peer, string Session)> Watch(string token, Guid room, string query = "")
    {
        var peer = new TestPeer();
        var answer = await Post(token, $"/v1/rooms/{room}/whep{query}", peer.Offer("recvonly", "audio", "video"));
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        peer.Connect(await answer.Content.ReadAsStringAsync());
        return (peer, answer.Headers.Location!.OriginalString);
    }

    public static StringContent Text(string body, string type) => new(body, new UTF8Encoding(false)) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
}
