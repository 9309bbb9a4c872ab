using Muse.Domain.Meetings;
using Muse.Domain.Recordings;
using Muse.Imitations;
using NodaTime;

namespace Muse.Adapters.Tests.GoogleMeet;

public sealed class GoogleRecordingsTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 100_000).Select(n => (byte)n)];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(99_999)]
    [InlineData(100_000)]
    public async Task A_recording_is_read_from_where_the_last_run_stopped(long from)
    {
        await using var school = await TheSchool.OpenAsync();
        var file = await Recorded(school);

        var opened = await school.Recordings.Open(file, null, from, None);

        await using var bytes = opened.Bytes!;
        using var read = new MemoryStream();
        await bytes.Content.CopyToAsync(read);
        Assert.Equal((from, Bytes.LongLength), (bytes.From, bytes.Size));
        Assert.Equal(Bytes[(int)from..], read.ToArray());
    }

    [Fact]
    public async Task A_recording_of_a_tutors_own_account_is_read_with_that_account()
    {
        await using var school = await TheSchool.OpenAsync(own: "kim@gmail.example");
        var file = await Recorded(school);

        await using var bytes = (await school.Recordings.Open(file, null, 0, None)).Bytes!;

        Assert.Equal(Bytes.LongLength, bytes.Size);
        Assert.DoesNotContain(school.Google.Seen, r => r.Path == "/token");
    }

    [Fact]
    public async Task A_recording_of_a_host_by_address_is_found()
    {
        await using var school = await TheSchool.OpenAsync(new Dictionary<string, string?> { ["Meetings:GoogleMeet:Hosts:kim@school.example"] = "second@school.example" });
        var file = await Recorded(school);

        await using var bytes = (await school.Recordings.Open(file, null, 0, None)).Bytes!;

        Assert.Equal(Bytes.LongLength, bytes.Size);
    }

    [Fact]
    public async Task A_file_that_was_deleted_in_Drive_is_gone()
    {
        await using var school = await TheSchool.OpenAsync();
        var file = await Recorded(school);
        school.Google.DeleteFile(file.FileId);

        Assert.Equal(RecordingFile.GoneCode, (await school.Recordings.Open(file, null, 0, None)).FailureCode);
    }

    [Fact]
    public async Task Without_the_right_to_Drive_it_is_not_permitted()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.Delegated.Remove("https://www.googleapis.com/auth/drive.meet.readonly");
        var file = await Recorded(school);

        Assert.Equal(MeetingAnswer.NotPermittedCode, (await school.Recordings.Open(file, null, 0, None)).FailureCode);
    }

    [Theory]
    [InlineData(403, "cannotDownloadFile")]
    [InlineData(403, "insufficientPermissions")]
    public async Task What_Drive_refuses_for_good_is_not_permitted(int status, string reason)
    {
        await using var school = await TheSchool.OpenAsync();
        var file = await Recorded(school);
        school.Google.AnswerNext(status, reason, "GET", "/drive/");

        Assert.Equal(MeetingAnswer.NotPermittedCode, (await school.Recordings.Open(file, null, 0, None)).FailureCode);
    }

    [Theory]
    [InlineData(403, "userRateLimitExceeded", "too_many_requests")]
    [InlineData(500, "backendError", "provider_error")]
    public async Task What_may_pass_is_trouble(int status, string reason, string code)
    {
        await using var school = await TheSchool.OpenAsync();
        var file = await Recorded(school);
        school.Google.AnswerNext(status, reason, "GET", "/drive/");

        Assert.Equal(code, (await Assert.ThrowsAsync<ProviderTrouble>(() => school.Recordings.Open(file, null, 0, None))).Code);
    }

    [Fact]
    public async Task A_token_that_is_refused_is_replaced()
    {
        await using var school = await TheSchool.OpenAsync();
        var file = await Recorded(school);
        school.Google.Faults.Next(Fault.Unauthorized, "GET", "/drive/");

        await using var bytes = (await school.Recordings.Open(file, null, 0, None)).Bytes!;

        Assert.Equal(Bytes.LongLength, bytes.Size);
    }

    private static async Task<RecordingFile> Recorded(TheSchool school)
    {
        var order = school.Order() with { Start = Instant.FromDateTimeOffset(school.Google.Clock.GetUtcNow()) };
        var place = (await school.Meetings.Arrange(order, None)).Place!;
        school.Google.StartRecording(place.Reference);
        school.Google.EndConference(place.Reference);
        school.Google.FinishRecording(place.Reference, Bytes);
        var found = Assert.Single(Assert.Single((await school.Meetings.Reports(order, place, None)).OfType<RecordingReady>()).Files);
        return new RecordingFile(order.LessonId, order.TutorId, place.Reference, null, found.FileId, found.MediaType, found.Size, found.Url);
    }
}
