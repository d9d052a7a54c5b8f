using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.Engines.PostgreSql;
using Holdfast.PostgreSql.Tests.Harness;
using Npgsql;

namespace Holdfast.PostgreSql.Tests.Configuration;

public class AdoptionTests
{
    [Fact]
    public async Task A_server_that_existed_before_keeps_its_settings_and_its_rules_of_access()
    {
        await using var group = new TestGroup(1, spec => spec with { ClientAuthentication = [] });
        var data = group.Spec("a").Data;
        await TestGroup.RunAsync("/usr/lib/postgresql/15/bin/initdb", "-D", data, "-U", "postgres", "--no-sync", "-A", "trust");
        await File.AppendAllTextAsync(Path.Combine(data, "postgresql.conf"), "work_mem = '7MB'\nwal_level = logical\nport = 1\n");
        await File.AppendAllTextAsync(
            Path.Combine(data, "postgresql.auto.conf"), "synchronous_standby_names = '*'\nmaintenance_work_mem = '9MB'\n");
        await File.WriteAllTextAsync(Path.Combine(data, "pg_hba.conf"), "host all postgres 127.0.0.1/32 trust\n");
        var a = group["a"];
        (await a.ObserveAsync(group.Token)).Data.ShouldBe(DataState.Present);
        await a.StartAsync(new StartSpec(MemberRole.Primary, SyncRule.None, true), group.Token);
        var view = await group.Eventually(a, seen => seen.EffectiveSync is not null);
        view.EffectiveSync.ShouldBe(SyncRule.None);
        (await group.AskAsync("a", """
            SELECT concat_ws(' ', current_setting('work_mem'), current_setting('maintenance_work_mem'), current_setting('wal_level'))
            """))
            .ShouldBe("7MB 9MB logical");
        await a.PrepareAccessAsync(group.Token);
        await a.SetGateAsync(false, group.Token);
        await Should.ThrowAsync<PostgresException>(() => group.ConnectAsync("a"));
    }

    [Fact]
    public async Task A_changed_setting_is_taken_up_or_shown_as_waiting_for_a_restart()
    {
        await using var group = new TestGroup(1);
        await group.StartPrimaryAsync("a");
        var spec = (PostgreSqlSpec)group.Store.Engine;
        var store = group.Store with
        {
            Engine = spec with { Parameters = spec.Parameters.SetItem("work_mem", "11MB").SetItem("shared_buffers", "17MB") },
        };
        await using var engine = new PostgreSqlEngine(store, group.Spec("a"), TimeProvider.System);
        await engine.ConfigureAsync(group.Token);
        var view = await group.Eventually(engine, seen => !seen.PendingRestart.IsEmpty);
        view.PendingRestart.ToArray().ShouldBe(["shared_buffers"]);
        (await group.AskAsync("a", "SHOW work_mem")).ShouldBe("11MB");
    }

    [Fact]
    public async Task Log_is_kept_for_exactly_the_members_that_are_named()
    {
        await using var group = new TestGroup(3);
        var a = await group.StartPrimaryAsync("a");
        (await Slots(group)).ShouldBe("holdfast_b,holdfast_c");
        await a.KeepLogForAsync(["c"], group.Token);
        (await Slots(group)).ShouldBe("holdfast_c");
        await a.KeepLogForAsync(ImmutableArray<string>.Empty, group.Token);
        (await Slots(group)).ShouldBeNullOrEmpty();
        await a.KeepLogForAsync(["b"], group.Token);
        // A standby keeps it as well: it may be the next one that others stream from.
        await a.StopAsync(StopMode.Fast, group.Token);
        await a.StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, true), group.Token);
        await group.Eventually(a, view => view.Position is not null);
        (await Slots(group)).ShouldBe("holdfast_b");
        await a.KeepLogForAsync(["c"], group.Token);
        (await Slots(group)).ShouldBe("holdfast_c");
    }

    private static Task<string?> Slots(TestGroup group) => group.AskAsync(
        "a", "SELECT string_agg(slot_name::text, ',' ORDER BY slot_name) FROM pg_replication_slots WHERE restart_lsn IS NOT NULL");
}
