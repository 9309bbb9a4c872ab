using Muse.Domain.Students;
using NodaTime;

namespace Muse.Domain.Tests.Students;

public sealed class StudentTests
{
    [Fact]
    public void Registering_twice_is_one_event_and_another_person_is_refused()
    {
        var now = Instant.FromUtc(2026, 11, 21, 8, 0);
        var (id, person) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var first = Student.Register(null, id, person, now);
        var student = Student.Create((StudentRegistered)Assert.Single(first.Events));

        Assert.True(Student.Register(student, id, person, now).ChangesNothing);
        var refused = Student.Register(student, id, Guid.CreateVersion7(), now);
        Assert.Equal("role_taken", refused.Refusal!.Code);
        Assert.Empty(refused.Events);
    }
}
