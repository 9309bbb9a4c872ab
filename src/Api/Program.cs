using Microsoft.Extensions.DependencyInjection.Extensions;
using Muse.Api;
using Muse.Api.Http;
using Npgsql;

var builder = WebApplication.CreateBuilder(args);
var services = builder.Services;
var configuration = builder.Configuration;

services.TryAddSingleton(TimeProvider.System);
services.TryAddSingleton(_ => NpgsqlDataSource.Create(configuration.GetConnectionString("Muse")
    ?? throw new InvalidOperationException("ConnectionStrings__Muse is not set.")));
services.AddHttpConventions();
services.AddSingleton<People>();

var app = builder.Build();

app.UseHttpConventions();

app.MapGet("/v1/health", () => TypedResults.Ok(new { status = "ok" }));

app.Run();
