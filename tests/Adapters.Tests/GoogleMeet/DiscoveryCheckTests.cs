using Muse.Imitations;

namespace Muse.Adapters.Tests.GoogleMeet;

/// <summary>A check that finds nothing proves nothing: here it has something to find, and says what.</summary>
public sealed class DiscoveryCheckTests
{
    private const string Events = "/calendar/v3/calendars/primary/events";
    private const string Times = """
        "start": {"dateTime": "2026-12-01T17:00:00+09:00", "timeZone": "Asia/Seoul"}, "end": {"dateTime": "2026-12-01T17:45:00+09:00", "timeZone": "Asia/Seoul"}
        """;

    [Fact]
    public void A_right_request_has_nothing_wrong()
    {
        Assert.Empty(Wrong("POST", Events, "?conferenceDataVersion=1&sendUpdates=none", $$"""{{{Times}}, "summary": "Muse lesson", "attendees": [{"email": "a@example.org"}]}"""));
        Assert.Empty(Wrong("PATCH", Events + "/abc", "?conferenceDataVersion=1", """{"start": null}"""));
        Assert.Empty(Wrong("GET", "/v2/conferenceRecords/abc/participants", "?pageSize=100"));
        Assert.Empty(Wrong("DELETE", Events + "/abc", "?sendUpdates=none"));
    }

    [Theory]
    [InlineData("POST", "/calendar/v3/calendars/primary/meetings", "There is no POST calendars/primary/meetings.")]
    [InlineData("PUT", "/calendar/v3/calendars/primary/events", "There is no PUT calendars/primary/events.")]
    [InlineData("GET", "/v2/conferenceRecords/abc/guests", "There is no GET v2/conferenceRecords/abc/guests.")]
    [InlineData("GET", "/v2/spaces/abc/def", "There is no GET v2/spaces/abc/def.")]
    public void An_unknown_path_or_method_is_found(string method, string path, string wrong) => Assert.Equal([wrong], Wrong(method, path));

    [Theory]
    [InlineData("?sendNotification=false", "sendNotification is no query parameter of calendar.events.insert.")]
    [InlineData("?conferenceDataVersion=yes", "conferenceDataVersion=yes: not an integer in range.")]
    [InlineData("?conferenceDataVersion=2", "conferenceDataVersion=2: not an integer in range.")]
    [InlineData("?sendUpdates=nobody", "sendUpdates=nobody: not one of its words.")]
    [InlineData("?supportsAttachments=1", "supportsAttachments=1: not a boolean.")]
    public void An_unknown_query_parameter_and_a_wrong_value_are_found(string query, string wrong) =>
        Assert.Equal([wrong], Wrong("POST", Events, query, $"{{{Times}}}"));

    [Fact]
    public void A_member_of_a_path_is_no_query_parameter() =>
        Assert.Equal(["eventId is no query parameter of calendar.events.get."], Wrong("GET", Events + "/abc", "?eventId=abc"));

    [Fact]
    public void A_field_that_the_answer_does_not_have_is_found() =>
        Assert.Equal(["fields: begin does not exist."], Wrong("GET", Events, "?fields=items(id,begin)"));

    [Theory]
    [InlineData("""{"summary": 7, TIMES}""", "body.summary is Number, wanted string.")]
    [InlineData("""{"title": "Muse lesson", TIMES}""", "body.title does not exist.")]
    [InlineData("""{"attendees": {"email": "a@example.org"}, TIMES}""", "body.attendees is Object, wanted array.")]
    [InlineData("""{"attendees": [{"mail": "a@example.org"}], TIMES}""", "body.attendees[].mail does not exist.")]
    [InlineData("""{"guestsCanModify": "no", TIMES}""", "body.guestsCanModify is String, wanted boolean.")]
    [InlineData("""{"summary": null, TIMES}""", "body.summary is null.")]
    [InlineData("""{"start": {"dateTime": "tomorrow"}, "end": {"dateTime": "2026-12-01T17:45:00+09:00"}}""", "body.start.dateTime: not a time.")]
    public void A_wrong_member_of_the_body_is_found(string body, string wrong) =>
        Assert.Equal([wrong], Wrong("POST", Events, "", body.Replace("TIMES", Times, StringComparison.Ordinal)));

    [Fact]
    public void A_member_that_may_only_be_read_is_found() =>
        Assert.Equal(["body.meetingUri may only be read."], Wrong("POST", "/v2/spaces", "", """{"meetingUri": "https://meet.google.com/abc"}"""));

    [Fact]
    public void What_the_method_requires_and_is_missing_is_found()
    {
        Assert.Equal(["body.end is missing.", "body.start is missing."], Wrong("POST", Events, "", """{"summary": "Muse lesson"}""").Order());
        Assert.Equal(["destination is missing in the query."], Wrong("POST", Events + "/abc/move"));
    }

    [Fact]
    public void A_body_that_is_none_or_that_nobody_takes_is_found()
    {
        Assert.Equal(["body is no JSON object."], Wrong("POST", Events));
        Assert.Equal(["body is no JSON object."], Wrong("POST", Events, "", "[]"));
        Assert.Equal(["calendar.events.delete takes no body."], Wrong("DELETE", Events + "/abc", "", "{}"));
    }

    private static IReadOnlyList<string> Wrong(string method, string path, string query = "", string body = "") =>
        DiscoveryCheck.Wrong(new SeenRequest(method, path, query, body, new Dictionary<string, string>(), DateTimeOffset.UnixEpoch));
}
