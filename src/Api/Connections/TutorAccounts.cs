using Muse.Domain.Meetings;

namespace Muse.Api.Connections;

/// <summary>The accounts that tutors connected themselves.</summary>
internal sealed class TutorAccounts : IProviderAccounts
{
    public Task<AccountAccess> Access(Guid tutorId, string provider, string? refused, CancellationToken ct) => Task.FromResult(AccountAccess.None);

    public Task<bool> HasLive(Guid tutorId, string provider, CancellationToken ct) => Task.FromResult(false);
}
