using Microsoft.Extensions.DependencyInjection.Extensions;
using Muse.Adapters.GoogleMeet;
using Muse.Adapters.Jitsi;
using Muse.Adapters.Postgres;
using Muse.Adapters.Zoom;
using Muse.Api;
using Muse.Api.Accounts;
using Muse.Api.Availability;
using Muse.Api.Bookings;
using Muse.Api.Connections;
using Muse.Api.Errands;
using Muse.Api.Guardians;
using Muse.Api.Health;
using Muse.Api.Http;
using Muse.Api.Lessons;
using Muse.Api.Matching;
using Muse.Api.Meetings;
using Muse.Api.OpenApi;
using Muse.Api.Operations;
using Muse.Api.Preflights;
using Muse.Api.Projections;
using Muse.Api.Recordings;
using Muse.Api.Rooms;
using Muse.Api.Scheduling;
using Muse.Api.Tokens;
using Muse.Api.Tutors;
using Npgsql;

StartErrors.SayInOneLine();
var builder = WebApplication.CreateBuilder(args);
var services = builder.Services;
var configuration = builder.Configuration;
var data = DataFolder.From(configuration);
await using var database = await Database.OpenAsync(configuration, data, joinRunning: Archive.IsBackup(args));
var listening = Listening.Configure(builder, data, TimeProvider.System);

services.AddSingleton(data);
services.AddSingleton<SetupLink>();
services.TryAddSingleton(TimeProvider.System);
services.TryAddSingleton(_ => Wiring.OpenSource(database.ConnectionString));
services.AddEventStore();
services.AddErrands();
services.AddProjections();
builder.AddHttpConventions();
services.AddContract();
services.AddPeople();
services.AddAccounts(configuration);
services.AddTokens(configuration, data);
services.AddGuardians();
services.AddTutors();
services.AddAvailability();
services.AddMatching();
services.AddBookings();
services.AddLessons();
services.AddMeetings(configuration);
services.AddZoom(configuration);
services.AddGoogleMeet(configuration);
services.AddJitsi(configuration, data.ReadOrCreateSecret("jitsi-rooms", 32));
services.AddTutorAccounts(configuration, data);
services.AddRecordings(configuration, data);
services.AddRooms(configuration);
services.AddPreflights(configuration);

await using var app = builder.Build();
if (await Archive.RunAsync(args, app.Services))
    return;
await Migrations.Apply(app.Services.GetRequiredService<NpgsqlDataSource>());
await app.Services.GetRequiredService<EventStore>().BuildInlineProjections();

listening.Use(app);
app.UseHttpConventions();

app.MapContract();
app.MapHealth();
app.MapAccounts();
app.MapTokens();
app.MapPublishedKeys();
app.MapGuardians();
app.MapTutors();
app.MapScheduling();
app.MapAvailability();
app.MapMatching();
app.MapBookings();
app.MapLessons();
app.MapMeetings();
app.MapRecordings();
app.MapRooms();
app.MapPreflights();
app.MapTutorAccounts();

app.MapErrands();
app.MapProjections();

await app.StartAsync();
Console.Write(Greeting.Text(listening, await app.Services.GetRequiredService<SetupLink>().UnusedTokenAsync(CancellationToken.None)));
if (configuration["MUSE_DEMO"] == "1")
    Console.Write(await Demo.PrepareAsync(listening, data, TimeProvider.System, configuration["MUSE_IMITATIONS"], app.Lifetime.ApplicationStopping));
await app.WaitForShutdownAsync();
