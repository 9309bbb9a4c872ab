using Muse.Domain.Lessons;
using Muse.Domain.Recordings;

namespace Muse.Domain.Tests.Recordings;

public sealed class MayRecordTests
{
    private static readonly Who Tutor = new(Guid.Parse("00000000-0000-7000-8000-000000000001"), Part.Tutor);
    private static readonly Who Student = new(Guid.Parse("00000000-0000-7000-8000-000000000002"), Part.Student);
    private static readonly Who Guardian = new(Guid.Parse("00000000-0000-7000-8000-000000000003"), Part.Guardian);

    private static MayRecord Of(Who[] present, params Who[] consented) =>
        MayRecord.Of(present, consented.Select(who => who.PersonId!.Value).ToHashSet());

    /// <summary>Each of three people: not there, there without a consent, there with one.</summary>
    public static TheoryData<int, int, int> Everybody()
    {
        var all = new TheoryData<int, int, int>();
        foreach (var tutor in Enumerable.Range(0, 3))
            foreach (var student in Enumerable.Range(0, 3))
                foreach (var guardian in Enumerable.Range(0, 3))
                    all.Add(tutor, student, guardian);
        return all;
    }

    [Theory]
    [MemberData(nameof(Everybody))]
    public void It_records_when_everybody_who_is_there_has_agreed_and_else_names_each_who_has_not(int tutor, int student, int guardian)
    {
        (Who Who, int State)[] people = [(Tutor, tutor), (Student, student), (Guardian, guardian)];
        var verdict = Of([.. people.Where(p => p.State > 0).Select(p => p.Who)], [.. people.Where(p => p.State is 0 or 2).Select(p => p.Who)]);

        var missing = people.Where(p => p.State == 1).Select(p => new Pause(PausedBecause.NotConsented, p.Who)).ToArray();
        if (people.All(p => p.State == 0))
            Assert.Equal([new Pause(PausedBecause.NobodyIsThere, null)], verdict.Pauses);
        else
            Assert.Equal(missing, verdict.Pauses);
        Assert.Equal(people.Any(p => p.State == 2) && missing.Length == 0, verdict.IsAllowed);
    }

    [Fact]
    public void A_consent_of_somebody_who_is_not_there_counts_for_nobody() =>
        Assert.Equal([new Pause(PausedBecause.NotConsented, Student)], Of([Tutor, Student], Tutor, Guardian).Pauses);

    [Fact]
    public void A_guest_pauses_it_also_with_an_id_that_somebody_has_agreed_for()
    {
        Assert.Equal([new Pause(PausedBecause.Guest, Who.Guest)], Of([Tutor, Who.Guest], Tutor).Pauses);
        var named = new Who(Tutor.PersonId, Part.Guest);
        Assert.Equal([new Pause(PausedBecause.Guest, named)], Of([Tutor, named], Tutor).Pauses);
    }

    [Fact]
    public void Somebody_with_a_browser_and_an_encoder_is_named_once() =>
        Assert.Single(Of([Tutor, Student, Student], Tutor).Pauses);

    [Fact]
    public void Coming_pauses_it_and_leaving_lets_it_go_on()
    {
        Assert.True(Of([Tutor, Student], Tutor, Student).IsAllowed);
        Assert.False(Of([Tutor, Student, Guardian], Tutor, Student).IsAllowed);
        Assert.True(Of([Tutor, Student], Tutor, Student).IsAllowed);
    }

    [Fact]
    public void A_revocation_pauses_it()
    {
        Assert.True(Of([Tutor, Student], Tutor, Student).IsAllowed);
        Assert.False(Of([Tutor, Student], Tutor).IsAllowed);
    }
}
