using Muse.SelfHostedMedia.Rooms;

namespace Muse.SelfHostedMedia.Tests.Rooms;

public class ActiveSpeakerTests
{
    private static readonly Guid Teacher = Guid.NewGuid();
    private static readonly Guid Student = Guid.NewGuid();

    private readonly ActiveSpeaker _speaker = new();
    private long _now;

    [Fact]
    public void Nobody_is_it_before_anybody_is_heard()
    {
        Sound(1_000, (Teacher, 127), (Student, 70));
        Assert.Null(_speaker.Current);
    }

    [Fact]
    public void The_first_who_sounds_is_it_within_a_moment()
    {
        Assert.Equal(1, Sound(200, (Teacher, 25), (Student, 80)));
        Assert.Equal(Teacher, _speaker.Current);
    }

    [Fact]
    public void A_cough_changes_nothing()
    {
        Sound(2_000, (Teacher, 25), (Student, 80));
        Assert.Equal(0, Sound(200, (Teacher, 25), (Student, 10)));
        Assert.Equal(0, Sound(2_000, (Teacher, 25), (Student, 80)));
    }

    [Fact]
    public void Someone_clearly_louder_for_a_while_becomes_it()
    {
        Sound(2_000, (Teacher, 40), (Student, 80));
        Sound(1_500, (Teacher, 40), (Student, 20));
        Assert.Equal(Student, _speaker.Current);
    }

    [Fact]
    public void Two_who_play_together_do_not_flicker()
    {
        Sound(2_000, (Teacher, 30), (Student, 80));
        var changes = 0;
        for (var i = 0; i < 20; i++)
            changes += Sound(500, (Teacher, 30), (Student, i % 2 == 0 ? 27 : 33));
        Assert.Equal(0, changes);
    }

    [Fact]
    public void In_silence_the_last_one_stays_and_the_next_is_it_at_once()
    {
        Sound(2_000, (Teacher, 25), (Student, 90));
        Assert.Equal(0, Sound(5_000, (Teacher, 100), (Student, 100)));
        Assert.Equal(Teacher, _speaker.Current);
        Assert.Equal(1, Sound(300, (Teacher, 100), (Student, 40)));
        Assert.Equal(Student, _speaker.Current);
    }

    [Fact]
    public void Who_sends_nothing_any_more_falls_silent()
    {
        Sound(2_000, (Teacher, 25), (Student, 45));
        Sound(6_000, (Student, 45));
        Assert.Equal(Student, _speaker.Current);
    }

    [Fact]
    public void Who_leaves_is_not_it()
    {
        Sound(1_000, (Teacher, 25));
        _speaker.Left(Teacher);
        Assert.Null(_speaker.Current);
    }

    /// <returns>How often it changed.</returns>
    private int Sound(int milliseconds, params (Guid Participant, int MinusDecibels)[] levels)
    {
        var changes = 0;
        for (var end = _now + milliseconds; _now < end; _now += 20)
        {
            foreach (var (participant, level) in levels)
                _speaker.Heard(participant, level);
            if (_now % 100 == 0 && _speaker.Decide(_now))
                changes++;
        }

        return changes;
    }
}
