using Muse.Adapters.Jitsi;

namespace Muse.Adapters.Tests.Jitsi;

public class JitsiAddressTests
{
    [Theory]
    [InlineData("meet.example.org", "https://meet.example.org/")]
    [InlineData("meet.example.org:8443", "https://meet.example.org:8443/")]
    [InlineData("https://jitsi.lan", "https://jitsi.lan/")]
    [InlineData("192.168.1.20", "https://192.168.1.20/")]
    [InlineData("http://127.0.0.1:5094", "http://127.0.0.1:5094/")]
    [InlineData("http://localhost:5094/", "http://localhost:5094/")]
    [InlineData("http://[::1]:5094", "http://[::1]:5094/")]
    public void Whoever_runs_Muse_and_a_tutor_who_may_name_local_servers_gives_a_name_or_an_address(string text, string address)
    {
        Assert.Equal(address, JitsiAddress.OfSchool(text)?.AbsoluteUri);
        Assert.Equal(address, JitsiAddress.OfTutor(text, local: true)?.AbsoluteUri);
    }

    [Theory]
    [InlineData("")]
    [InlineData("http://jitsi.lan")]
    [InlineData("http://127.0.0.1.example.org")]
    [InlineData("http://192.168.1.20")]
    [InlineData("https://meet.example.org/room")]
    [InlineData("https://meet.example.org/?jwt=x")]
    [InlineData("https://user@meet.example.org")]
    [InlineData("javascript://meet.example.org")]
    [InlineData("ftp://meet.example.org")]
    public void Without_TLS_elsewhere_or_with_more_than_a_server_it_is_no_address(string text)
    {
        Assert.Null(JitsiAddress.OfSchool(text));
        Assert.Null(JitsiAddress.OfTutor(text, local: true));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("jitsi")]
    [InlineData("http://127.0.0.1:5094")]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.1")]
    [InlineData("meet.example.org:8443")]
    [InlineData("https://meet.example.org")]
    [InlineData("Meet.example.org")]
    [InlineData("meet.example.org.")]
    public void By_default_a_tutor_names_a_public_host_and_nothing_else(string text) => Assert.Null(JitsiAddress.OfTutor(text, local: false));

    [Fact]
    public void A_public_host_is_taken_from_every_tutor() =>
        Assert.Equal("https://meet.example.org/", JitsiAddress.OfTutor("meet.example.org", local: false)?.AbsoluteUri);
}
