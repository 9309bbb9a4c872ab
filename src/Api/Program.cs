using Microsoft.Extensions.DependencyInjection.Extensions;
using Muse.Adapters.Postgres;
using Muse.Api;
using Muse.Api.Http;
using Muse.Api.Operations;
using Npgsql;

var builder = WebApplication.CreateBuilder(args);
var services = builder.Services;
var configuration = builder.Configuration;
var data = DataFolder.From(configuration);
await using var database = await Database.OpenAsync(configuration, data);
builder.ListenWhereAsked();

services.AddSingleton(data);
services.AddSingleton<SetupLink>();
services.TryAddSingleton(TimeProvider.System);
services.TryAddSingleton(_ => Wiring.OpenSource(database.ConnectionString));
services.AddEventStore();
services.AddHttpConventions();
services.AddPeople();

var app = builder.Build();
await Migrations.Apply(app.Services.GetRequiredService<NpgsqlDataSource>());

app.UseHttpConventions();

app.MapGet("/v1/health", () => TypedResults.Ok(new { status = "ok" }));

await app.RunAsync();
