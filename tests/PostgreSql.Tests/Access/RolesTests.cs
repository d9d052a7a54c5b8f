using Holdfast.Core;
using Holdfast.Engines.PostgreSql.Access;
using Holdfast.PostgreSql.Tests.Harness;
using Npgsql;

namespace Holdfast.PostgreSql.Tests.Access;

public class RolesTests
{
    [Fact]
    public async Task Roles_have_no_more_than_they_need_and_passwords_stay_private()
    {
        await using var group = new TestGroup(2);
        var a = await group.StartPrimaryAsync("a");
        await a.PrepareAccessAsync(group.Token);
        (await group.AskAsync("a", """
            SELECT string_agg(
                concat_ws(' ', rolname, rolsuper, rolreplication, rolcreaterole, rolcreatedb, rolcanlogin), ',' ORDER BY rolname)
            FROM pg_roles WHERE rolname LIKE 'holdfast%'
            """)).ShouldBe("holdfast_health f f f f t,holdfast_reader f f f f t,holdfast_replication f t f f t,holdfast_rewind f f f f t");
        (await group.AskAsync("a",
            "SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256$%')::text FROM pg_authid WHERE rolname LIKE 'holdfast%'"))
            .ShouldBe("true");
        (await group.AskAsync("a", """
            SELECT concat_ws(' ', has_function_privilege('holdfast_health', 'pg_read_binary_file(text)', 'execute'),
                has_function_privilege('holdfast_rewind', 'pg_read_binary_file(text)', 'execute'),
                has_function_privilege('holdfast_rewind', 'pg_ls_waldir()', 'execute'))
            """)).ShouldBe("f t f");

        var own = group.Spec("a").Data + ".holdfast";
        File.GetUnixFileMode(Path.Combine(own, "pgpass")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(own).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        (await File.ReadAllTextAsync(Path.Combine(own, "log", "server.log"))).ShouldNotContain("\\word");
        (await File.ReadAllTextAsync(Path.Combine(group.Spec("a").Data, "holdfast.conf"))).ShouldNotContain(@"\word");
    }

    [Fact]
    public async Task The_roles_are_made_even_while_commits_are_blocked()
    {
        await using var group = new TestGroup(2);
        var a = await group.SeedAsync("a");
        await a.StartAsync(new Engines.StartSpec(Core.Failover.MemberRole.Primary, Core.Quorum.SyncRule.Blocked, true), group.Token);
        await group.Eventually(a, view => view.Process == Core.Failover.ProcessState.Running);
        await a.PrepareAccessAsync(group.Token).WaitAsync(TimeSpan.FromSeconds(60));
        await group.AddStandbyAsync("b", "a");
    }

    [Fact]
    public async Task The_health_role_is_refused_what_is_not_its_business()
    {
        await using var group = new TestGroup(2);
        await group.StartPrimaryAsync("a");
        await using var wrong = new NpgsqlConnection(
            $"Host=127.0.0.1;Port={group.Spec("a").Address.Port};Username=holdfast_health;Password=guess;Database=postgres;Pooling=false");
        (await Should.ThrowAsync<PostgresException>(() => wrong.OpenAsync())).SqlState.ShouldBe("28P01");
        await using var elsewhere = new NpgsqlConnection(
            $"Host=127.0.0.1;Port={group.Spec("a").Address.Port};Username=holdfast_health;Password=guess;Database=template1;Pooling=false");
        (await Should.ThrowAsync<PostgresException>(() => elsewhere.OpenAsync())).SqlState.ShouldBe("28000");
    }

    [Fact]
    public void A_verifier_fits_its_password_only()
    {
        var verifier = ScramVerifier.Create(new Secret("one"));
        ScramVerifier.Matches(verifier, new Secret("one")).ShouldBeTrue();
        ScramVerifier.Matches(verifier, new Secret("two")).ShouldBeFalse();
        ScramVerifier.Matches(null, new Secret("one")).ShouldBeFalse();
        ScramVerifier.Matches("md5abc", new Secret("one")).ShouldBeFalse();
    }
}
