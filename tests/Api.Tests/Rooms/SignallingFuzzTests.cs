using System.Text;
using Muse.Api.Rooms;
using Muse.SelfHostedMedia.Tests;

namespace Muse.Api.Tests.Rooms;

/// <summary>The parser of <c>./muse fuzz</c> that is not the media server's: what a stranger writes on the signalling socket.</summary>
public class SignallingFuzzTests
{
    private static readonly byte[][] s_examples =
    [
        .. new[]
        {
            """{"type":"join","ticket":"t","protocol":1}""",
            """{"type":"resume","secret":"\u0073\ud83c\udfbb"}""",
            """{"type":"join","ticket":"\ud800"}""",
            """{"type":"offer","id":3,"connection":"publish","sdp":"v=0\r\no=- 1 2 IN IP4 127.0.0.1"}""",
            """{"type":"offer","id":1,"connection":"subscribe","sdp":"v=0","tracks":{"0":"00000000-0000-7000-8000-00000000000d"}}""",
            """{"type":"tryPath","id":0,"path":"udp","connection":"publish","sdp":"v=0","tracks":null}""",
            """{"type":"iceCandidate","connection":"publish","candidate":"candidate:1","sdpMid":null,"sdpMLineIndex":63}""",
            """{"type":"mute","kind":"audio","muted":true}""",
            """{"type":"view","trackId":"00000000-0000-7000-8000-00000000000d","height":4320}""",
            """{"type":"silence","kind":"video","silenced":false,"participantId":"00000000-0000-7000-8000-00000000000d"}""",
            """{"type":"spotlight","participantId":null}""",
            """{"type":"door","closed":true}""",
            """{"type":"admit","waitingId":"00000000-0000-7000-8000-00000000000d"}""",
            """{"type":"refuse","waitingId":"00000000-0000-7000-8000-00000000000d"}""",
            """{"type":"ping"}""",
            """{"type":"endLesson"}""",
            """{"type":"leave","sooner":[[[[[[[[1e400]]]]]]]]}""",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    [Fact]
    public void No_message_makes_the_signalling_throw_or_gets_past_its_bounds()
    {
        if (Fuzzing.OnlyParser is { } only)
            Assert.SkipUnless(only == "signalling", $"Only {only} is asked for.");
        var read = 0L;
        Fuzzing.Feed("signalling", s_examples, 1, input =>
        {
            var message = ClientMessage.Read(input, out var fault);
            Assert.Equal(message is null, fault is "malformed_message" or "unknown_type");
            read += message is null ? 0 : 1;
            if (message is ClientMessage.View view)
                Assert.InRange(view.Height, 0, ClientMessage.MostHeight);
        });
        // Mutations of which none is a message any more would try nothing but the JSON reader.
        Assert.True(read > s_examples.Length / 2);
    }
}
