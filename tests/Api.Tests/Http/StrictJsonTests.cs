using System.Net;
using System.Text;

namespace Muse.Api.Tests.Http;

public sealed class StrictJsonTests(TheServer server) : IClassFixture<TheServer>
{
    private const string Rest =
        """
        "password":"mokgeum hana dul","displayName":"A","roles":["tutor"],"country":"KR","timeZone":"Asia/Seoul","locale":"ko"
        """;

    private async Task<HttpResponseMessage> Post(string body, string type = "application/json") =>
        await server.Anyone().PostAsync("/v1/accounts", new StringContent(body, Encoding.UTF8, type));

    [Theory]
    [InlineData("""{"email":"a@example.org",""" + Rest + ""","nickname":"x"}""", "#/nickname")]
    [InlineData("""{"email":"a@example.org","email":"b@example.org",""" + Rest + "}", null)]
    [InlineData("{" + Rest + "}", null)]
    [InlineData("""{"email":7,""" + Rest + "}", "#/email")]
    [InlineData("""{"email":null,""" + Rest + "}", "#/email")]
    [InlineData("""{"Email":"a@example.org",""" + Rest + "}", "#/Email")]
    [InlineData("""{"email":"a\u0000@example.org",""" + Rest + "}", "#/email")]
    [InlineData("""{"email":"a\ud800@example.org",""" + Rest + "}", "#/email")]
    [InlineData("""{"email":"a@example.org",""" + Rest + "} trailing", null)]
    [InlineData("""{"email":"a@example.org",""" + Rest + ""","birthDate":"14.3.2015"}""", "#/birthDate")]
    [InlineData("""{"email":"a@example.org",""" + Rest, null)]
    [InlineData("[]", null)]
    [InlineData("null", null)]
    [InlineData("", null)]
    [InlineData("\u0001", null)]
    public async Task A_body_that_is_not_exactly_what_the_call_takes_is_400_and_writes_nothing(string body, string? pointer)
    {
        var events = await server.EventsAsync();

        var problem = await (await Post(body)).IsProblem(HttpStatusCode.BadRequest, "malformed_body");

        if (pointer is not null)
            Assert.Equal(pointer, problem.GetProperty("errors")[0].GetProperty("pointer").GetString());
        Assert.DoesNotContain("System.", problem.ToString());
        Assert.DoesNotContain("Muse.", problem.ToString());
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task A_deep_body_is_refused() =>
        await (await Post("""{"roles":""" + new string('[', 60) + new string(']', 60) + "}")).IsProblem(HttpStatusCode.BadRequest, "malformed_body");

    [Fact]
    public async Task Another_media_type_is_415() =>
        await (await Post("email=a", "application/x-www-form-urlencoded")).IsProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");

    [Theory]
    [InlineData("\"utf-8\"", HttpStatusCode.UnprocessableEntity, "password_too_short")]
    [InlineData("UTF8", HttpStatusCode.UnprocessableEntity, "password_too_short")]
    [InlineData("\"\"", HttpStatusCode.UnprocessableEntity, "password_too_short")]
    [InlineData("utf-7", HttpStatusCode.UnsupportedMediaType, "unsupported_media_type")]
    [InlineData("utf-16", HttpStatusCode.UnsupportedMediaType, "unsupported_media_type")]
    [InlineData("klingon", HttpStatusCode.UnsupportedMediaType, "unsupported_media_type")]
    public async Task Utf_8_may_be_spelled_in_every_way_and_another_charset_is_415(string charset, HttpStatusCode status, string code)
    {
        var body = new StringContent("""{"email":"a@example.org",""" + Rest.Replace("mokgeum hana dul", "short", StringComparison.Ordinal) + "}");
        body.Headers.Remove("Content-Type");
        body.Headers.TryAddWithoutValidation("Content-Type", $"application/json; charset={charset}");
        await (await server.Anyone().PostAsync("/v1/accounts", body)).IsProblem(status, code);
    }

    [Fact]
    public async Task A_body_above_the_limit_is_413() =>
        await (await Post("{\"email\":\"" + new string('a', 200_000) + "\"}")).IsProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
}
