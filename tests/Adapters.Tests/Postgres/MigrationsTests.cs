using Muse.Adapters.Postgres;
using Muse.Given;
using Npgsql;

namespace Muse.Adapters.Tests.Postgres;

public sealed class MigrationsTests : IAsyncLifetime
{
    private static readonly Migration One = new(1, "one", "create table one (n int)");
    private static readonly Migration Two = new(2, "two", "create table two (n int); insert into two values (2)");

    private static readonly Migration Three = new(3, "three", "create table three (n int)");

    private Database _database = null!;

    public async ValueTask InitializeAsync() => _database = await Database.EmptyAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task An_empty_database_is_brought_up_and_a_second_time_nothing_happens()
    {
        await Migrations.Apply(_database.Source);
        var first = await _database.ScalarAsync<string>("select string_agg(number || name || applied_at, ',' order by number) from schema_migrations");
        await Migrations.Apply(_database.Source);
        Assert.Equal(first, await _database.ScalarAsync<string>("select string_agg(number || name || applied_at, ',' order by number) from schema_migrations"));
        Assert.Equal(0L, await _database.EventsAsync());
    }

    [Fact]
    public async Task A_database_that_knows_a_newer_step_is_refused_and_left_alone()
    {
        await Migrations.Apply(_database.Source, [One, Two]);
        var refused = await Assert.ThrowsAsync<MigrationRefused>(() => Migrations.Apply(_database.Source, [One, Three]));
        Assert.Equal("database_newer_than_server", refused.Code);
        Assert.False(await Has("three"));
    }

    [Fact]
    public async Task A_step_whose_text_changed_after_it_was_applied_is_refused()
    {
        await Migrations.Apply(_database.Source, [One]);
        var refused = await Assert.ThrowsAsync<MigrationRefused>(() => Migrations.Apply(_database.Source, [One with { Sql = "create table one (n bigint)" }]));
        Assert.Equal("migration_changed", refused.Code);
    }

    [Fact]
    public async Task A_step_that_fails_leaves_nothing_of_itself_and_all_of_the_ones_before()
    {
        var broken = new Migration(3, "broken", "create table three (n int); insert into nowhere values (1)");
        await Assert.ThrowsAsync<PostgresException>(() => Migrations.Apply(_database.Source, [One, Two, broken]));
        Assert.True(await Has("two"));
        Assert.False(await Has("three"));
        await Migrations.Apply(_database.Source, [One, Two]);
    }

    [Fact]
    public async Task A_lower_number_that_came_later_is_applied_too()
    {
        await Migrations.Apply(_database.Source, [Two]);
        await Migrations.Apply(_database.Source, [One, Two]);
        Assert.True(await Has("one"));
    }

    [Fact]
    public async Task Servers_that_start_together_migrate_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => Migrations.Apply(_database.Source, [One, Two]))));
        Assert.Equal(1L, await _database.ScalarAsync<long>("select count(*) from two"));
    }

    private Task<bool> Has(string table) => _database.ScalarAsync<bool>("select to_regclass($1) is not null", table);
}
