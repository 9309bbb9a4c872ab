using System.Text;
using Muse.Api.Rooms;

namespace Muse.Api.Tests.Rooms;

public class ClientMessageTests
{
    private static ClientMessage? Read(string json, out string? fault) => ClientMessage.Read(Encoding.UTF8.GetBytes(json), out fault);

    [Fact]
    public void Every_message_of_the_contract_is_read()
    {
        Assert.Equal("t", Assert.IsType<ClientMessage.Join>(Read("""{"type":"join","ticket":"t"}""", out _)).Ticket);
        Assert.Equal("s", Assert.IsType<ClientMessage.Resume>(Read("""{"secret":"s","type":"resume"}""", out _)).Secret);
        var publish = Assert.IsType<ClientMessage.Offer>(Read("""{"type":"offer","id":3,"connection":"publish","sdp":"v=0"}""", out _));
        Assert.Equal((3, ConnectionKind.Publish, "v=0"), (publish.Id, publish.Connection, publish.Sdp));
        var subscribe = Assert.IsType<ClientMessage.Offer>(Read(
            """{"type":"offer","id":4,"connection":"subscribe","sdp":"v=0","tracks":{"0":"00000000-0000-7000-8000-00000000000d"}}""", out _));
        Assert.Equal(Guid.Parse("00000000-0000-7000-8000-00000000000d"), Assert.Single(subscribe.Tracks!).Value);
        Assert.IsType<ClientMessage.IceCandidate>(Read(
            """{"type":"iceCandidate","connection":"publish","candidate":"","sdpMid":"0","sdpMLineIndex":0}""", out _));
        var mute = Assert.IsType<ClientMessage.Mute>(Read("""{"type":"mute","kind":"audio","muted":true}""", out _));
        Assert.True(mute is { Kind: MediaKind.Audio, Muted: true });
        Assert.Equal(1, Assert.IsType<ClientMessage.Join>(Read("""{"type":"join","ticket":"t","protocol":1}""", out _)).Protocol);
        var view = Assert.IsType<ClientMessage.View>(Read(
            """{"type":"view","trackId":"00000000-0000-7000-8000-00000000000d","height":360}""", out _));
        Assert.Equal(360, view.Height);
        Assert.Null(Assert.IsType<ClientMessage.Silence>(Read("""{"type":"silence","kind":"audio","silenced":true}""", out _)).ParticipantId);
        Assert.Null(Assert.IsType<ClientMessage.Spotlight>(Read("""{"type":"spotlight"}""", out _)).ParticipantId);
        Assert.True(Assert.IsType<ClientMessage.Door>(Read("""{"type":"door","closed":true}""", out _)).Closed);
        Assert.Null(Assert.IsType<ClientMessage.Admit>(Read("""{"type":"admit"}""", out _)).WaitingId);
        Assert.IsType<ClientMessage.Refuse>(Read("""{"type":"refuse","waitingId":"00000000-0000-7000-8000-00000000000d"}""", out _));
        Assert.IsType<ClientMessage.Ping>(Read("""{"type":"ping"}""", out _));
        Assert.IsType<ClientMessage.EndLesson>(Read("""{"type":"endLesson"}""", out _));
        Assert.IsType<ClientMessage.Leave>(Read("""{"type":"leave"}""", out var fault));
        Assert.Null(fault);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"join\"")]
    [InlineData("{}")]
    [InlineData("""{"type":7}""")]
    [InlineData("""{"type":"join"}""")]
    [InlineData("""{"type":"join","ticket":null}""")]
    [InlineData("""{"type":"join","ticket":7}""")]
    [InlineData("""{"type":"join","ticket":""}""")]
    [InlineData("""{"type":"join","ticket":"t","room":"r"}""")]
    [InlineData("""{"type":"join","ticket":"t","ticket":"u"}""")]
    [InlineData("""{"type":"join","type":"leave","ticket":"t"}""")]
    [InlineData("""{"type":"join","ticket":"\ud800"}""")]
    [InlineData("""{"type":"offer","id":-1,"connection":"publish","sdp":"v=0"}""")]
    [InlineData("""{"type":"offer","id":1,"connection":"both","sdp":"v=0"}""")]
    [InlineData("""{"type":"offer","id":1,"connection":0,"sdp":"v=0"}""")]
    [InlineData("""{"type":"offer","id":1,"connection":"publish","sdp":""}""")]
    [InlineData("""{"type":"offer","id":1,"connection":"publish","sdp":"v=0","tracks":{}}""")]
    [InlineData("""{"type":"offer","id":1,"connection":"subscribe","sdp":"v=0","tracks":{"0":"not an id"}}""")]
    [InlineData("""{"type":"offer","id":1,"connection":"subscribe","sdp":"v=0","tracks":{"":"00000000-0000-7000-8000-00000000000d"}}""")]
    [InlineData("""{"type":"iceCandidate","connection":"publish","candidate":"c","sdpMLineIndex":64}""")]
    [InlineData("""{"type":"view","trackId":"00000000-0000-7000-8000-00000000000d","height":-1}""")]
    [InlineData("""{"type":"view","trackId":"00000000-0000-7000-8000-00000000000d","height":4321}""")]
    [InlineData("""{"type":"refuse"}""")]
    [InlineData("""{"type":"door"}""")]
    [InlineData("""{"type":"mute","kind":"smell","muted":true}""")]
    [InlineData("""{"type":"mute","kind":"audio","muted":"yes"}""")]
    [InlineData("""{"type":"leave","sooner":{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":1}}}}}}}}}""")]
    [InlineData("""{"type":"leave"} {"type":"leave"}""")]
    public void What_is_no_message_is_malformed(string json)
    {
        Assert.Null(Read(json, out var fault));
        Assert.Equal("malformed_message", fault);
    }

    [Theory]
    [InlineData("""{"type":"Join","ticket":"t"}""")]
    [InlineData("""{"type":"joined"}""")]
    [InlineData("""{"type":""}""")]
    public void A_type_that_clients_do_not_send_is_unknown(string json)
    {
        Assert.Null(Read(json, out var fault));
        Assert.Equal("unknown_type", fault);
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_malformed()
    {
        byte[] bytes = [.. """{"type":"join","ticket":" """u8, 0xc3, 0x28, .. "\"}"u8];

        Assert.Null(ClientMessage.Read(bytes, out var fault));
        Assert.Equal("malformed_message", fault);
    }

    [Fact]
    public void Texts_are_bounded()
    {
        Assert.NotNull(Read(Offer(new string('a', ClientMessage.LongestSdp)), out _));
        Assert.Null(Read(Offer(new string('a', ClientMessage.LongestSdp + 1)), out _));
        Assert.Null(Read($$"""{"type":"join","ticket":"{{new string('a', ClientMessage.LongestSecret + 1)}}"}""", out _));
        Assert.Null(Read($$"""{"type":"iceCandidate","connection":"publish","candidate":"{{new string('a', 1025)}}"}""", out _));
        Assert.NotNull(Read(Subscribe(ClientMessage.MostTracks), out _));
        Assert.Null(Read(Subscribe(ClientMessage.MostTracks + 1), out _));

        static string Offer(string sdp) => $$"""{"type":"offer","id":1,"connection":"publish","sdp":"{{sdp}}"}""";
        static string Subscribe(int tracks) => """{"type":"offer","id":1,"connection":"subscribe","sdp":"v=0","tracks":{"""
            + string.Join(',', Enumerable.Range(0, tracks).Select(i => $"\"{i}\":\"{Guid.NewGuid()}\"")) + "}}";
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        var random = new Random(20261207);
        var valid = """{"type":"offer","id":1,"connection":"subscribe","sdp":"v=0","tracks":{"0":"00000000-0000-7000-8000-00000000000d"}}"""u8.ToArray();
        var malformed = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = valid.ToArray();
            for (var hits = random.Next(1, 6); hits > 0; hits--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (ClientMessage.Read(bytes.AsMemory(0, random.Next(bytes.Length + 1)), out _) is null) malformed++;
        }
        Assert.InRange(malformed, 15_000, 20_000);
    }
}
