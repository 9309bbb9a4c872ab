using System.Text.Json.Serialization;
using FluentValidation;
using FluentValidation.Results;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Api.Operations;
using Muse.Domain;
using Muse.Domain.Guardians;
using Muse.Domain.Students;
using Muse.Domain.Tutors;
using NodaTime;

namespace Muse.Api.Accounts;

/// <param name="SetupToken">From the one-time link of the first start: this account becomes the administrator.</param>
public sealed record NewAccount(
    string Email,
    string Password,
    string DisplayName,
    IReadOnlyList<string> Roles,
    string Country,
    string TimeZone,
    string Locale,
    DateOnly? BirthDate = null,
    string? SetupToken = null);

public sealed record AccountCreated(
    Guid Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? TutorId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? StudentId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? GuardianId);

internal sealed class NewAccountRules : AbstractValidator<NewAccount>
{
    public NewAccountRules(TimeProvider time)
    {
        RuleFor(account => account.Email).EmailOfAPerson();
        RuleFor(account => account.Password).Custom((password, context) =>
        {
            if (PasswordRules.Fault(password, context.InstanceToValidate.Email) is { } code)
                context.AddFailure(new ValidationFailure("password", PasswordRules.Explain(code)) { ErrorCode = code });
        });
        RuleFor(account => account.DisplayName).DisplayName();
        RuleFor(account => account.Roles)
            .Must(roles => roles.Count <= 3 && roles.All(role => role is Role.Tutor or Role.Student or Role.Guardian))
            .WithErrorCode("unknown_role").WithMessage("A role is tutor, student or guardian.");
        RuleFor(account => account.Roles).NotEmpty().When(account => account.SetupToken is null)
            .WithErrorCode("no_role").WithMessage("Choose at least one role.");
        RuleFor(account => account.Country).Country();
        RuleFor(account => account.TimeZone).TimeZone();
        RuleFor(account => account.Locale).Locale();
        RuleFor(account => account.SetupToken).MaximumLength(200);
        RuleFor(account => account.BirthDate).Custom((birthDate, context) =>
        {
            if (birthDate is not { } born)
                return;
            var adultOnly = context.InstanceToValidate.Roles.Any(role => role is Role.Tutor or Role.Guardian);
            if (PersonRules.WrongBirthDate(born, adultOnly, time) is var (code, why))
                context.AddFailure(new ValidationFailure("birthDate", why) { ErrorCode = code });
        });
    }
}

internal static class CreateAccount
{
    public static void MapCreateAccount(this IEndpointRouteBuilder app) => app
        .MapPost("/v1/accounts", Handle)
        .AllowAnonymous()
        .Validated<NewAccount>()
        .Idempotent()
        .LimitedAs(Limit.NewAccounts)
        .Described("createAccount", "Accounts", "Makes an account, with one or several roles",
            ["email_taken", .. PersonRules.NameCodes, "out_of_range", "wrong_length", "unknown_role", "no_role", "too_young", "wrong_email", "unknown_country", "unknown_time_zone", "unknown_locale",
                PasswordRules.TooShort, PasswordRules.TooLong, PasswordRules.TooCommon, "wrong_setup_token"],
            new NewAccount("minji@example.org", "mokgeum hana dul", "Kim Min-ji", [Role.Tutor], "KR", "Asia/Seoul", "ko-KR"));

    private static async Task<Results<Created<AccountCreated>, ProblemHttpResult>> Handle(
        NewAccount request, UserManager<Account> users, EventStore store, SetupLink setup, TimeProvider time, CancellationToken ct)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var personId = Guid.CreateVersion7(time.GetUtcNow());
        var account = new Account
        {
            Id = personId,
            Email = request.Email.Trim(),
            EmailKey = users.NormalizeEmail(request.Email.Trim()),
            SecurityStamp = Guid.NewGuid().ToString("n"),
            IsAdmin = request.SetupToken is not null,
        };
        account.PasswordHash = users.PasswordHasher.HashPassword(account, request.Password);
        var person = new Person(personId, request.DisplayName.Trim(), request.Country, request.TimeZone, request.Locale, request.BirthDate);

        Guid? IdFor(string role) => request.Roles.Contains(role) ? Guid.CreateVersion7(time.GetUtcNow()) : null;
        var created = new AccountCreated(personId, IdFor(Role.Tutor), IdFor(Role.Student), IdFor(Role.Guardian));

        await using var session = store.OpenSession(new Actor(personId, request.Roles.FirstOrDefault() ?? Role.Admin));
        session.Before(async (connection, cancel) =>
        {
            await PeopleRows.Insert(connection, person, cancel);
            if (!await AccountStore.Insert(connection, account, cancel))
                throw new Refused(new Refusal("email_taken", "There is an account with this address; sign in instead.") { Pointer = "/email" });
            if (request.SetupToken is { } token && !await setup.UseAsync(connection, token, personId, cancel))
                throw new Refused(Refusal.Forbidden("The setup link is wrong or was used.") with { Code = "wrong_setup_token", Pointer = "/setupToken" });
        });
        if (created.TutorId is { } tutor)
            session.StartStream<Tutor>(tutor, [.. Tutor.Register(null, tutor, personId, now).Events]);
        if (created.StudentId is { } student)
            session.StartStream<Student>(student, [.. Student.Register(null, student, personId, now).Events]);
        if (created.GuardianId is { } guardian)
            session.StartStream<Guardian>(guardian, [.. Guardian.Register(null, guardian, personId, now).Events]);
        await session.SaveChangesAsync(ct);
        return TypedResults.Created("/v1/me", created);
    }
}
