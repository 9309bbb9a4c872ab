using Muse.Domain.Meetings;

namespace Muse.Api.Meetings;

/// <summary>Nobody has tested anything.</summary>
internal sealed class NoPreflight : IPreflightFindings
{
    public Task<PreflightFindings> Of(Guid studentId, CancellationToken ct) => Task.FromResult(PreflightFindings.None);
}
