using Microsoft.Extensions.DependencyInjection.Extensions;
using Muse.Adapters.Postgres;
using Muse.Api;
using Muse.Api.Availability;
using Muse.Api.Errands;
using Muse.Api.Http;
using Muse.Api.Matching;
using Muse.Api.Operations;
using Muse.Api.Projections;
using Muse.Api.Scheduling;
using Npgsql;

StartErrors.SayInOneLine();
var builder = WebApplication.CreateBuilder(args);
var services = builder.Services;
var configuration = builder.Configuration;
var data = DataFolder.From(configuration);
await using var database = await Database.OpenAsync(configuration, data);
var listening = Listening.Configure(builder, data, TimeProvider.System);

services.AddSingleton(data);
services.AddSingleton<SetupLink>();
services.TryAddSingleton(TimeProvider.System);
services.TryAddSingleton(_ => Wiring.OpenSource(database.ConnectionString));
services.AddEventStore();
services.AddErrands();
services.AddProjections();
services.AddHttpConventions();
services.AddPeople();
services.AddAvailability();
services.AddMatching();

await using var app = builder.Build();
await Migrations.Apply(app.Services.GetRequiredService<NpgsqlDataSource>());
await app.Services.GetRequiredService<EventStore>().BuildInlineProjections();

listening.Use(app);
app.UseHttpConventions();

app.MapGet("/v1/health", () => TypedResults.Ok(new { status = "ok" }));

app.MapScheduling();
app.MapAvailability();
app.MapMatching();

app.MapErrands();
app.MapProjections();
app.MapWebClient();

await app.StartAsync();
Console.Write(Greeting.Text(listening, await app.Services.GetRequiredService<SetupLink>().UnusedTokenAsync(CancellationToken.None)));
await app.WaitForShutdownAsync();
