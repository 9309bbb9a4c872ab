using System.Text.Json.Nodes;
using FluentValidation;
using FluentValidation.Results;
using Muse.Api.Tutors;

namespace Muse.Api.Imports;

/// <summary>What a row says of who the person is.</summary>
internal abstract record PersonRow
{
    public required string DisplayName { get; init; }
    public required string Country { get; init; }
    public required string TimeZone { get; init; }
    public required string Locale { get; init; }

    /// <summary>The columns of everybody, and those of a kind.</summary>
    /// <param name="required">Those of <paramref name="more"/> that have to be there.</param>
    protected static Columns With(OrderedDictionary<string, Func<string, JsonNode?>> more, params string[] required)
    {
        string[] everybodys = ["displayName", "country", "timeZone", "locale"];
        return new(
            new OrderedDictionary<string, Func<string, JsonNode?>>(
                everybodys.Select(name => KeyValuePair.Create<string, Func<string, JsonNode?>>(name, Columns.Text)).Concat(more)),
            [.. everybodys, .. required]);
    }
}

internal sealed record StudentRow : PersonRow
{
    /// <summary>Of somebody who may act alone; children come with their guardian.</summary>
    public DateOnly? BirthDate { get; init; }

    public static readonly Columns Columns = With(new() { ["birthDate"] = Columns.OptionalText });
}

internal sealed record TutorRow : PersonRow
{
    public required IReadOnlyList<string> Instruments { get; init; }
    public required IReadOnlyList<string> Languages { get; init; }
    public required IReadOnlyList<string> Levels { get; init; }
    public string Introduction { get; init; } = "";
    public bool ProBono { get; init; }

    public ProfileWanted Profile => new(Instruments, Languages, Levels, Introduction, ProBono);

    public static readonly Columns Columns = With(
        new()
        {
            ["instruments"] = Columns.Texts,
            ["languages"] = Columns.Texts,
            ["levels"] = Columns.Texts,
            ["introduction"] = Columns.OptionalText,
            ["proBono"] = Columns.Flag,
        },
        "instruments", "languages", "levels");
}

internal abstract class PersonRowRules<T> : AbstractValidator<T> where T : PersonRow
{
    protected PersonRowRules()
    {
        RuleFor(row => row.DisplayName).DisplayName();
        RuleFor(row => row.Country).Country();
        RuleFor(row => row.TimeZone).TimeZone();
        RuleFor(row => row.Locale).Locale();
    }
}

internal sealed class StudentRowRules : PersonRowRules<StudentRow>
{
    public StudentRowRules(TimeProvider time) => RuleFor(row => row.BirthDate).Custom((birthDate, context) =>
    {
        if (birthDate is { } born && PersonRules.WrongBirthDate(born, adultOnly: false, time) is var (code, why))
            context.AddFailure(new ValidationFailure("birthDate", why) { ErrorCode = code });
    });
}

internal sealed class TutorRowRules : PersonRowRules<TutorRow>
{
    public TutorRowRules(IValidator<ProfileWanted> profile) => RuleFor(row => row.Profile).Custom((wanted, context) =>
    {
        foreach (var failure in profile.Validate(wanted).Errors)
            context.AddFailure(new ValidationFailure(failure.PropertyName, failure.ErrorMessage) { ErrorCode = failure.ErrorCode });
    });
}
