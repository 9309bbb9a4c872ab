using System.Buffers.Binary;
using System.Net;
using System.Text;
using Muse.SelfHostedMedia.Ice;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Tests.Ice;

/// <summary>Vectors of RFC 5769 §2.1–2.3.</summary>
public class StunMessageTests
{
    private static readonly byte[] Password = Encoding.ASCII.GetBytes("VOkJxbRl1RmTxUk/WvJxBt");

    private static readonly byte[] Request = Convert.FromHexString(
        "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36"
        + "000600096576746a3a68367659202020" + "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf");

    private static readonly byte[] ResponseIPv4 = Convert.FromHexString(
        "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643"
        + "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96");

    private static readonly byte[] ResponseIPv6 = Convert.FromHexString(
        "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
        + "00080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c");

    [Fact]
    public void The_request_of_RFC_5769_is_authentic()
    {
        Assert.True(StunMessage.TryParse(Request, out var message));
        Assert.Equal(StunMessage.BindingRequest, message.Type);
        Assert.Equal("evtj:h6vY", Encoding.ASCII.GetString(message.User));
        Assert.True(message.HasIntegrity);
        Assert.False(message.UseCandidate);
        Assert.True(message.IsAuthentic(Password));
        Assert.False(message.IsAuthentic(Encoding.ASCII.GetBytes("VOkJxbRl1RmTxUk/WvJxBu")));
    }

    [Fact]
    public void The_responses_of_RFC_5769_are_authentic()
    {
        Assert.True(StunMessage.TryParse(ResponseIPv4, out var four));
        Assert.True(four.IsAuthentic(Password));
        Assert.True(StunMessage.TryParse(ResponseIPv6, out var six));
        Assert.True(six.IsAuthentic(Password));
    }

    [Fact]
    public void Our_response_maps_the_address_as_RFC_5769_does()
    {
        Assert.True(StunMessage.TryParse(Request, out var request));
        var buffer = new byte[StunResponse.MaxLength + 12];

        var length = StunResponse.Write(
            buffer, request.TransactionId, NetworkAddress.From(IPAddress.Parse("192.0.2.1"), 32_853), Password);
        Assert.Equal("0001a147e112a643", Convert.ToHexStringLower(buffer.AsSpan(24, 8)));
        AssertAuthentic(buffer.AsSpan(0, length));

        length = StunResponse.Write(
            buffer, request.TransactionId, NetworkAddress.From(IPAddress.Parse("2001:db8:1234:5678:11:2233:4455:6677"), 32_853), Password);
        Assert.Equal("0002a1470113a9faa5d3f179bc25f4b5bed2b9d9", Convert.ToHexStringLower(buffer.AsSpan(24, 20)));
        AssertAuthentic(buffer.AsSpan(0, length));
    }

    [Fact]
    public void Every_changed_byte_of_a_request_is_noticed()
    {
        // All but the type of FINGERPRINT itself: behind MESSAGE-INTEGRITY an unknown attribute is none of ours.
        foreach (var at in Enumerable.Range(0, Request.Length).Except([Request.Length - 8, Request.Length - 7]))
        {
            var changed = Request.ToArray();
            changed[at] ^= 0x01;
            var accepted = StunMessage.TryParse(changed, out var message) && message.IsAuthentic(Password);
            Assert.False(accepted, $"byte {at}");
        }
    }

    /// <summary>The user name decides whether that is worth its price: see StrangersTests.</summary>
    [Fact]
    public void A_wrong_fingerprint_is_noticed_when_the_message_is_authenticated_and_not_before()
    {
        var changed = Request.ToArray();
        changed[^1] ^= 1;
        Assert.True(StunMessage.TryParse(changed, out var message));
        Assert.False(message.IsAuthentic(Password));
    }

    [Theory]
    [InlineData(600, true)]
    [InlineData(604, false)]
    public void A_message_longer_than_any_check_is_not_read(int length, bool isRead)
    {
        // SOFTWARE as long as it takes.
        var message = new byte[length];
        Request.AsSpan(0, 20).CopyTo(message);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)(length - 20));
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(20), 0x8022);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(22), (ushort)(length - 24));
        Assert.Equal(isRead, StunMessage.TryParse(message, out _));
    }

    [Fact]
    public void An_attribute_behind_the_integrity_is_ignored()
    {
        // USE-CANDIDATE smuggled in between MESSAGE-INTEGRITY and the end.
        var message = Request[..^8].Concat(Convert.FromHexString("00250000")).ToArray();
        message[3] = (byte)(message.Length - 20);
        Assert.True(StunMessage.TryParse(message, out var parsed));
        Assert.False(parsed.UseCandidate);
        Assert.True(parsed.IsAuthentic(Password));
    }

    [Fact]
    public void No_input_makes_the_parser_throw()
    {
        foreach (var input in Fuzzing.Inputs(Request, ResponseIPv4, ResponseIPv6))
        {
            if (StunMessage.TryParse(input, out var message))
                message.IsAuthentic(Password);
        }
    }

    private static void AssertAuthentic(ReadOnlySpan<byte> response)
    {
        Assert.True(StunMessage.TryParse(response, out var message));
        Assert.Equal(StunMessage.BindingSuccess, message.Type);
        Assert.True(message.IsAuthentic(Password));
    }
}
