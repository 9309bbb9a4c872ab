using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Muse.Adapters.Postgres;
using Muse.Api.ApiKeys;
using Muse.Api.Availability;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain.ApiKeys;

namespace Muse.Api.Imports;

/// <summary>Files of an integrator's: by a live key or signed in for the school, by a test key for the sandbox.</summary>
public static class ImportRoutes
{
    private const string Tag = "Imports";
    private const string Path = "/v1/imports";
    private const int MostTries = 5;

    private static readonly string[] Refusals = ["not_allowed", "rows_refused", .. ImportFile.FileCodes, .. ImportFile.RowCodes];

    private static readonly string[] PersonRefusals =
        ["too_many_people", .. PersonRules.NameCodes, "unknown_country", "unknown_time_zone", "unknown_locale"];

    public static IServiceCollection AddImports(this IServiceCollection services) => services
        .AddSingleton<ImportedPeople>()
        .AddSingleton<ImportPeople>()
        .AddSingleton<ImportAvailability>()
        .AddSingleton<IValidator<TutorRow>, TutorRowRules>()
        .AddSingleton<IValidator<StudentRow>, StudentRowRules>();

    public static void MapImports(this IEndpointRouteBuilder app)
    {
        Map("tutors", ApiScope.PeopleWrite, Tutors, "importTutors", "Import tutors with their profiles, all rows or none",
            [.. PersonRefusals, "no_instrument", "no_language", "no_level", "unknown_level", "unknown_language", "wrong_instrument", "too_many"]);
        Map("students", ApiScope.PeopleWrite, Students, "importStudents", "Import students who may act alone, all rows or none",
            [.. PersonRefusals, "out_of_range", "too_young", "birth_date_differs"]);
        Map("availability", ApiScope.AvailabilityWrite, Availability, "importAvailability", "Import when imported tutors teach, all rows or none",
            ["unknown_external_id", .. AvailabilityRoutes.Refusals]);

        void Map(string kind, string scope, Delegate handle, string operationId, string summary, string[] refusals) => app
            .MapPost($"{Path}/{kind}", handle)
            .Accepts<string>(ImportFile.Csv, ImportFile.JsonLines)
            .WithMetadata(new RequestSizeLimitAttribute(ImportFile.MostBytes))
            .Idempotent().ForKeys(scope)
            .Described(operationId, Tag, summary, [.. Refusals, .. refusals]);
    }

    private static Task<Results<Ok<ImportReport>, ProblemHttpResult>> Tutors(
        HttpRequest file, Caller caller, Integrators integrators, ImportPeople import, CancellationToken ct, bool dryRun = false) =>
        Run(file, TutorRow.Columns, caller, integrators, rows => import.Tutors(rows, caller, dryRun, ct), ct);

    private static Task<Results<Ok<ImportReport>, ProblemHttpResult>> Students(
        HttpRequest file, Caller caller, Integrators integrators, ImportPeople import, CancellationToken ct, bool dryRun = false) =>
        Run(file, StudentRow.Columns, caller, integrators, rows => import.Students(rows, caller, dryRun, ct), ct);

    private static Task<Results<Ok<ImportReport>, ProblemHttpResult>> Availability(
        HttpRequest file, Caller caller, Integrators integrators, ImportAvailability import, CancellationToken ct, bool dryRun = false) =>
        Run(file, ImportAvailability.Columns, caller, integrators, rows => import.Of(rows, caller, dryRun, ct), ct);

    private static async Task<Results<Ok<ImportReport>, ProblemHttpResult>> Run(
        HttpRequest file, Columns columns, Caller caller, Integrators integrators, Func<IReadOnlyList<FileRow>, Task<ImportReport>> import, CancellationToken ct)
    {
        if (!await integrators.May(caller.PersonId, ct))
            return Integrators.Refuse();
        var rows = await ImportFile.Read(file, columns, ct);
        for (var tries = 1; ; tries++)
        {
            try
            {
                var report = await import(rows);
                return report.DryRun || report.Refused == 0
                    ? TypedResults.Ok(report)
                    : Problems.Of(StatusCodes.Status422UnprocessableEntity, "rows_refused",
                        $"{report.Refused} of {report.Rows.Count} rows are refused, so nothing was written.",
                        new Dictionary<string, object?> { ["report"] = report });
            }
            catch (Exception raced) when (raced is StaleVersion or StreamExists && tries < MostTries)
            {
                // Another import, or the sandbox, was first; what it wrote is seen now.
            }
        }
    }
}
