namespace Holdfast.Configuration.Tests;

/// <summary>What must hold between keys.</summary>
public class RuleTests
{
    private const string SecondStore = """
          users:
            kind: postgresql
            members:
              NAME: { site: fra, address: 127.0.0.1:5450, agent: 127.0.0.1:8450, data: /srv/u1 }
              u2: { site: fra, address: 127.0.0.1:5451, agent: 127.0.0.1:8451, data: /srv/u2 }

        """;

    [Fact]
    public void A_second_store_with_names_of_its_own_is_fine() => Sample.Parse(Sample.Text + SecondStore.Replace("NAME", "u1")).Problems.ShouldBeEmpty();

    [Fact]
    public void A_member_name_is_unique_in_the_whole_system()
    {
        var problem = Sample.Parse(Sample.Text + SecondStore.Replace("NAME", "b")).OnlyError();

        (problem.Path, problem.Line).ShouldBe(("stores.users.members.b", 17));
        problem.Message.ShouldBe("store orders has a member of this name already");
    }

    [Theory]
    [InlineData("127.0.0.1:5442", "127.0.0.1:5441", "stores.orders.members.b.address", "127.0.0.1:5441 is the address of a already")]
    [InlineData("127.0.0.1:5442", "localhost:5441", "stores.orders.members.b.address", "localhost:5441 is the address of a already")]
    [InlineData("127.0.0.1:5442", "127.0.0.1:8441", "stores.orders.members.b.address", "127.0.0.1:8441 is the agent of a already")]
    [InlineData("127.0.0.1:8442", "127.0.0.1:8441", "stores.orders.members.b.agent", "127.0.0.1:8441 is the agent of a already")]
    [InlineData("127.0.0.1:8442", "127.0.0.1:5441", "stores.orders.members.b.agent", "127.0.0.1:5441 is the address of a already")]
    [InlineData("127.0.0.1:8442", "127.0.0.1:5442", "stores.orders.members.b.agent", "127.0.0.1:5442 is the address of b already")]
    [InlineData("data: /srv/b", "data: /srv/a/", "stores.orders.members.b.data", "/srv/a is the data directory of a on the same host already")]
    [InlineData("data: /srv/b", "data: /srv/x/../a", "stores.orders.members.b.data", "/srv/a is the data directory of a on the same host already")]
    public void No_two_members_share_an_address_an_agent_or_a_directory(string part, string replacement, string path, string message)
    {
        var problem = Sample.With(part, replacement).OnlyError();

        (problem.Path, problem.Message).ShouldBe((path, message));
    }

    [Theory]
    [InlineData("/srv/a/b")]
    [InlineData("/srv")]
    [InlineData("/srv/a.holdfast")]
    public void Data_directories_on_one_host_do_not_overlap(string data) =>
        Sample.With("data: /srv/b", $"data: {data}").Errors.First().Message.ShouldContain("overlaps with /srv/");

    [Fact]
    public void The_same_directory_on_different_hosts_is_fine() =>
        Sample.With("127.0.0.1:5442, agent: 127.0.0.1:8442, data: /srv/b", "10.0.0.2:5442, agent: 127.0.0.1:8442, data: /srv/a").Problems.ShouldBeEmpty();

    [Fact]
    public void Two_agents_at_the_default_port_of_one_host_are_told_to_say_their_ports()
    {
        var problem = Sample.Parse(Sample.Text.Replace("agent: 127.0.0.1:8441, ", "").Replace("agent: 127.0.0.1:8442, ", "")).OnlyError();

        problem.Path.ShouldBe("stores.orders.members.b.address");
        problem.Message.ShouldBe("the agent of b would be at 127.0.0.1:8008, its default, which is the agent of a already");
        problem.Remedy.ShouldBe("add 'agent: 127.0.0.1:PORT' with a free port");
    }

    [Theory]
    [InlineData("a: { site: fra", "a: { site: fr", "there is no site 'fr'", "did you mean 'fra'?")]
    [InlineData("a: { site: fra", "a: { site: paris", "there is no site 'paris'", "the sites for members are: fra")]
    [InlineData("a: { site: fra", "a: { site: muc", "muc is a witness site, which carries no members", "the sites for members are: fra")]
    public void A_member_is_at_a_site_that_exists_and_is_no_witness(string part, string replacement, string message, string remedy)
    {
        var problem = Sample.With(part, replacement).Errors.Single();

        (problem.Path, problem.Message, problem.Remedy).ShouldBe(("stores.orders.members.a.site", message, remedy));
    }

    [Theory]
    [InlineData("preferred-site: muc", "muc is a witness site, which carries no members", "its members are at: fra")]
    [InlineData("preferred-site: frb", "there is no site 'frb'", "did you mean 'fra'?")]
    public void The_preferred_site_is_one_of_the_stores(string line, string message, string remedy)
    {
        var problem = Sample.WithInStore(line).OnlyError();

        (problem.Path, problem.Message, problem.Remedy).ShouldBe(("stores.orders.preferred-site", message, remedy));
    }

    [Fact]
    public void A_store_without_members_is_an_error()
    {
        var text = Sample.Text[..Sample.Text.IndexOf("      a:", StringComparison.Ordinal)];

        var problem = Sample.Parse(text).OnlyError();

        (problem.Path, problem.Line, problem.Message).ShouldBe(("stores.orders.members", 10, "names no member"));
    }

    [Fact]
    public void Two_of_three_members_may_acknowledge() => Sample.WithInStore("acknowledgements: 2").Problems.ShouldBeEmpty();

    [Fact]
    public void More_acknowledgements_than_standbys_are_an_error()
    {
        var problem = Sample.WithInStore("acknowledgements: 3").OnlyError();

        problem.Path.ShouldBe("stores.orders.acknowledgements");
        problem.Message.ShouldBe("3 standbys cannot acknowledge at fra: it has 3 members, so at most 2 standbys");
        problem.Remedy.ShouldBe("write 2, or add members at fra");
    }

    [Fact]
    public void A_zero_loss_store_with_one_member_is_a_warning()
    {
        var text = Sample.Text[..Sample.Text.IndexOf("      b:", StringComparison.Ordinal)];

        var problem = Sample.Parse(text).OnlyWarning();

        (problem.Path, problem.Line).ShouldBe(("stores.orders.members", 10));
        problem.Message.ShouldBe("the store has one member: while it is active there, losing that host loses data");
        Sample.Parse(text.Replace("    kind: postgresql", "    kind: postgresql\n    objectives: {host-loss: {rpo: 10s}}")).Problems.ShouldBeEmpty();
    }

    [Fact]
    public void A_lone_member_that_stalls_without_standbys_is_an_error()
    {
        var text = Sample.Text[..Sample.Text.IndexOf("      b:", StringComparison.Ordinal)];

        var problem = Sample.Parse(text.Replace("    kind: postgresql", "    kind: postgresql\n    unprotected: stall")).OnlyError();

        problem.Path.ShouldBe("stores.orders.unprotected");
        problem.Message.ShouldBe("the store has one member: with 'stall' no commit would ever be acknowledged");
    }

    [Fact]
    public void A_host_loss_rpo_that_the_lease_alone_uses_up_is_an_error()
    {
        var problem = Sample.WithInStore("objectives: {host-loss: {rpo: 9s}}").OnlyError();

        problem.Path.ShouldBe("stores.orders.objectives.host-loss.rpo");
        problem.Remedy.ShouldContain("10s");
        Sample.WithInStore("objectives: {host-loss: {rpo: 9s}}", "timing: {lease: 4s}").System.ShouldNotBeNull();
    }

    [Fact]
    public void A_host_loss_rpo_above_zero_is_allowed_and_makes_stall_pointless()
    {
        Sample.WithInStore("objectives: {host-loss: {rpo: 10s}}").System!.Stores["orders"].IsZeroLoss.ShouldBeFalse();
        Sample.WithInStore("objectives: {host-loss: {rpo: 10s}}", "unprotected: stall").OnlyWarning().Path.ShouldBe("stores.orders.unprotected");
    }

    [Fact]
    public void No_store_promises_to_be_back_in_no_time() =>
        Sample.WithInStore("objectives: {host-loss: {rto: 0s}}").OnlyError().Path.ShouldBe("stores.orders.objectives.host-loss.rto");

    [Fact]
    public void Somebody_may_become_primary() =>
        Sample.Parse(Sample.Text.Replace(" }", ", priority: 0 }").Replace("true, priority: 0 }", "true }")).OnlyError().Message.ShouldContain("priority 0");

    [Theory]
    [InlineData("heartbeat: 10ms", "timing.heartbeat", "10ms is less than the shortest that agents can keep (20ms)", "write at least 20ms")]
    [InlineData("suspect-after: 299ms", "timing.suspect-after", "299ms is less than three heartbeats (300ms)", "write at least 300ms")]
    [InlineData("heartbeat: 250ms", "timing.heartbeat", "suspect-after (500ms, the default) is less than three heartbeats (750ms)", "add 'suspect-after: 750ms' or more")]
    [InlineData("candidate-lost-after: 400ms", "timing.candidate-lost-after", "400ms is less than suspect-after (500ms)", "write at least 500ms")]
    [InlineData("suspect-after: 3s", "timing.suspect-after", "candidate-lost-after (2s, the default) is less than suspect-after (3s)", "add 'candidate-lost-after: 3s' or more")]
    [InlineData("lease: 2500ms", "timing.lease", "2500ms is not a whole number of seconds, which etcd counts in", "write 3s")]
    [InlineData("hand-over: 0s", "timing.hand-over", "is zero", "write a positive duration; the default is 3s")]
    [InlineData("switchover: 0ms", "timing.switchover", "is zero", "write a positive duration; the default is 30s")]
    public void Timing_is_sound(string line, string path, string message, string remedy)
    {
        var problem = Sample.WithInStore($"timing: {{{line}}}").OnlyError();

        (problem.Path, problem.Message, problem.Remedy).ShouldBe(($"stores.orders.{path}", message, remedy));
    }

    [Fact]
    public void A_lease_lasts_two_seconds_and_longer_than_a_call()
    {
        Sample.WithInStore("timing: {lease: 2s}").Problems.ShouldBeEmpty();
        Sample.WithInStore("timing: {lease: 1s}").Errors.Select(error => error.Message).ShouldBe(
            ["1s is less than the shortest that etcd keeps (2s)", "1s is not longer than coordination.request-timeout (1s): one slow call would lose the lease"]);
        Sample.With("coordination:", "coordination:\n  request-timeout: 5s").OnlyError().Path.ShouldBe("stores.orders.timing.lease");
    }
}
