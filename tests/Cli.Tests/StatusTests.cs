using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Agent.Tests.Api;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Tests;

public sealed class StatusTests
{
    [Fact]
    public async Task The_screen_says_who_is_primary_whether_a_host_can_be_lost_and_how_each_member_is()
    {
        await using var group = await RunningGroup.StartAsync();
        var run = await group.Shell.RunAsync("status");
        run.Code.ShouldBe(0, run.Error);
        TestContext.Current.TestOutputHelper!.WriteLine(run.Out);
        run.Out.ShouldContain("grid-control: orders at fra");
        run.Out.ShouldContain("epoch 7, zero-loss");
        run.Out.ShouldMatch(@"Primary +orders-fra-1, clients connect to 127\.0\.0\.1:5433");
        run.Out.ShouldMatch("Host loss +SAFE: orders-fra-2 holds every acknowledged commit");
        run.Out.ShouldMatch(@"orders-fra-1 +primary +running +3 +0/5000148 +- +127\.0\.0\.1:5433");
        run.Out.ShouldMatch("orders-fra-2 +standby, sync +streaming +3 +0/5000148 +0 B");
        run.Out.ShouldMatch("orders-fra-3 +standby +streaming +3 +0/5000148 +2.0 kB");
        run.Lines.ShouldAllBe(line => line.Length <= 100);
        run.Lines.Count().ShouldBeLessThan(20);
    }

    [Fact]
    public async Task A_bad_day_fits_on_one_screen_with_every_reason()
    {
        await using var group = await RunningGroup.StartAsync(null, "orders-fra-3");
        group.Change(status => status with
        {
            SafeToLoseHost = false,
            Safety = "no other member streams: orders-fra-2 is cloning and orders-fra-3 is not heard, so a second failure in a row may lose commits",
            Mode = "unprotected",
            UnprotectedSince = new DateTimeOffset(2026, 7, 1, 10, 11, 12, TimeSpan.Zero),
            Candidates = [],
            CoordinationReachable = false,
            CoordinationProblem = "no endpoint of etcd answers; start it",
            Paused = true,
            Members = [.. status.Members.Select(member => member.Name switch
            {
                "orders-fra-1" => member with { PendingRestart = ["max_connections", "shared_buffers"], Fault = "the disk of /var/lib/holdfast/orders is full: make room" },
                "orders-fra-2" => member with { Healthy = false, State = "cloning", Lsn = null, LagBytes = null, Candidate = false, Job = "cloning from orders-fra-1, 4.2 of 31 GB" },
                _ => member with { Reachable = false, Healthy = false, State = "not heard" },
            })],
        });
        var run = await group.Shell.RunAsync("status");
        TestContext.Current.TestOutputHelper!.WriteLine(run.Out);
        run.Code.ShouldBe(0, run.Error);
        var flowing = string.Join(' ', run.Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        foreach (var text in new[]
        {
            "NOT SAFE: no other member streams", "second failure in a row may lose commits", "since 2026-07-01 10:11:12 UTC", "NOT REACHABLE: no endpoint of etcd answers",
            "until 'holdfast resume'", "pending restart: max_connections, shared_buffers (holdfast restart orders-fra-1 --pending)",
            "fault: the disk of /var/lib/holdfast/orders is full: make room", "busy: cloning from orders-fra-1, 4.2 of 31 GB",
            "orders-fra-3 unknown unreachable", "nothing listens on",
        })
        {
            flowing.ShouldContain(text);
        }

        run.Lines.ShouldAllBe(line => line.Length <= 100);
        run.Lines.Count().ShouldBeLessThan(25);
    }

    [Fact]
    public async Task The_word_of_the_freshest_epoch_counts_and_a_stale_agent_is_named()
    {
        await using var group = await RunningGroup.StartAsync();
        foreach (var name in new[] { "orders-fra-2", "orders-fra-3" })
        {
            var control = group.Controls[name];
            control.Status = (control.Status with { Epoch = 9, Primary = "orders-fra-2" })
                .With("orders-fra-2", self => self with { Role = "primary" })
                .With("orders-fra-1", other => other with { Reachable = false, Healthy = false });
        }

        var run = await group.Shell.RunAsync("status");
        run.Out.ShouldMatch("Primary +orders-fra-2");
        run.Out.ShouldContain("epoch 9");
        run.Out.ShouldContain("its agent knows epoch 7 only, the group is at 9");
    }

    [Fact]
    public async Task An_agent_whose_loop_is_late_is_not_believed_about_its_own_member()
    {
        await using var group = await RunningGroup.StartAsync();
        group.Controls["orders-fra-3"].IsLive = false;
        foreach (var name in new[] { "orders-fra-1", "orders-fra-2" })
        {
            var control = group.Controls[name];
            control.Status = control.Status.With("orders-fra-3", member => member with { Reachable = false, Healthy = false });
        }

        var run = await group.Shell.RunAsync("status --check");
        run.Code.ShouldBe(3);
        run.Out.ShouldMatch("orders-fra-3 +unknown +unreachable");
        run.Error.ShouldContain("loop is late");
    }

    [Fact]
    public async Task JSON_is_the_merged_status_and_nothing_else()
    {
        await using var group = await RunningGroup.StartAsync(null, "orders-fra-2");
        var run = await group.Shell.RunAsync("status --json");
        run.Code.ShouldBe(0);
        var status = JsonSerializer.Deserialize(run.Out, ApiJson.Default.GroupStatus)!;
        status.Primary.ShouldBe("orders-fra-1");
        status.Members.Select(member => member.Name).ShouldBe(SampleGroup.Names);
        // Its agent is not there for us, but the others hear it: that is said too.
        var second = status.Members[1];
        second.Reachable.ShouldBeTrue();
        second.Fault!.ShouldContain("does not answer here");
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_frozen_agent_and_one_that_is_something_else_cost_three_seconds_at_most()
    {
        using var frozen = new TcpListener(IPAddress.Loopback, 0);
        frozen.Start();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var impostor = Task.Run(async () =>
        {
            using var caller = await other.AcceptTcpClientAsync();
            await caller.GetStream().WriteAsync("SSH-2.0-something\r\n"u8.ToArray());
        });
        var system = With(("orders-fra-2", frozen), ("orders-fra-3", other));
        await using var group = await RunningGroup.StartAsync(system, "orders-fra-2", "orders-fra-3");
        group.Change(status => status with { Members = [.. status.Members.Select(member => member with { Reachable = member.Name == "orders-fra-1" })] });

        var began = Stopwatch.GetTimestamp();
        var run = await group.Shell.RunAsync("status");
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeInRange(2.9, 6);
        run.Code.ShouldBe(0);
        run.Out.ShouldContain("within 3 s");
        run.Out.ShouldContain("unreachable");
        await impostor;
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_host_that_takes_no_connection_costs_two_seconds()
    {
        using var full = new TcpListener(IPAddress.Loopback, 0);
        full.Start(backlog: 0);
        using var first = new TcpClient();
        await first.ConnectAsync((IPEndPoint)full.LocalEndpoint); // The only place in its queue is taken: the next one gets no answer at all.
        await using var group = await RunningGroup.StartAsync(With(("orders-fra-2", full)), "orders-fra-2");

        var began = Stopwatch.GetTimestamp();
        var run = await group.Shell.RunAsync("status");
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeInRange(1.9, 2.9);
        run.Out.ShouldContain($"no connection to {full.LocalEndpoint} within 2 s");
    }

    private static SystemSpec With(params (string Name, TcpListener Agent)[] others)
    {
        var system = SampleGroup.System();
        var store = system.Stores["orders"];
        var members = others.Aggregate(store.Members, (all, other) => all.SetItem(
            other.Name, all[other.Name] with { Agent = new("127.0.0.1", ((IPEndPoint)other.Agent.LocalEndpoint).Port) }));
        return system with { Stores = system.Stores.SetItem("orders", store with { Members = members }) };
    }

    [Fact]
    public async Task Check_ends_with_0_when_all_is_well_and_with_3_and_the_reasons_when_not()
    {
        await using var group = await RunningGroup.StartAsync();
        (await group.Shell.RunAsync("status --check")).Code.ShouldBe(0);

        group.Change(status => (status with { SafeToLoseHost = false, Safety = "only one copy" })
            .With("orders-fra-3", member => member with { Healthy = false, State = "stopped" }));
        var run = await group.Shell.RunAsync("status --check --json");
        run.Code.ShouldBe(3);
        run.Error.ShouldContain("not safe to lose a host: only one copy");
        run.Error.ShouldContain("orders-fra-3: stopped");
        JsonDocument.Parse(run.Out).RootElement.GetProperty("safeToLoseHost").GetBoolean().ShouldBeFalse();

        group.Change(status => status with { Primary = null });
        (await group.Shell.RunAsync("status --check")).Error.ShouldContain("there is no primary");
    }

    [Fact]
    public async Task When_no_agent_answers_it_says_so_and_shows_all_members_as_unreachable()
    {
        await using var group = await RunningGroup.StartAsync(null, [.. SampleGroup.Names]);
        var run = await group.Shell.RunAsync("status");
        run.Code.ShouldBe(1);
        run.Error.ShouldStartWith("holdfast: no agent answers");
        // What no agent has said is not known: neither "no record" nor "etcd is away" may be claimed.
        run.Out.ShouldContain("nothing is known");
        run.Out.ShouldMatch("Primary +not known");
        run.Out.ShouldMatch("Coordination +not known");
        run.Lines.Count(line => line.Contains("unreachable", StringComparison.Ordinal)).ShouldBe(3);
        (await group.Shell.RunAsync("status --check")).Code.ShouldBe(3);
    }

    [Fact]
    public async Task Colours_are_for_terminals_only()
    {
        await using var group = await RunningGroup.StartAsync();
        (await group.Shell.RunAsync("status")).Out.ShouldNotContain("\u001b");
        group.Shell.Colour = true;
        (await group.Shell.RunAsync("status")).Out.ShouldContain("\u001b[");
    }

    [Fact]
    public async Task Watch_draws_again_on_a_change_and_only_then_and_ends_well_with_Ctrl_C()
    {
        await using var group = await RunningGroup.StartAsync();
        using var interrupt = new CancellationTokenSource();
        var watching = Task.Run(() => group.Shell.RunAsync("status --watch", interrupt.Token));
        await Eventually.True(() => Drawn() == 1);
        group.Change(status => status with { Epoch = 8, Primary = "orders-fra-2" });
        await Eventually.True(() => Drawn() == 2);
        await interrupt.CancelAsync();
        var run = await watching;
        run.Code.ShouldBe(0);
        Drawn().ShouldBe(2);
        run.Out.ShouldContain("epoch 8");

        int Drawn() => group.Shell.Output.ToString().Split("grid-control: orders at fra").Length - 1;
    }

    [Fact]
    public async Task Two_stores_are_two_screens_and_two_lines_of_JSON_and_one_can_be_chosen()
    {
        var system = SampleGroup.System();
        var orders = system.Stores["orders"];
        var other = new MemberSpec
        {
            Name = "ledger-fra-1",
            Site = "fra",
            Address = new("127.0.0.1", 5440),
            Agent = new("127.0.0.1", SampleGroup.FreePorts(1)[0]),
            Data = "/var/lib/holdfast/ledger",
        };
        var ledger = orders with { Name = "ledger", Members = orders.Members.Clear().Add(other.Name, other) };
        system = system with { Stores = system.Stores.Add("ledger", ledger) };
        await using var group = await RunningGroup.StartAsync(system);
        (await group.Shell.RunAsync("status")).Out.ShouldContain("grid-control: ledger at fra");
        (await group.Shell.RunAsync("status --json")).Out.TrimEnd().Split('\n').Length.ShouldBe(2);
        (await group.Shell.RunAsync("status --store orders")).Out.ShouldNotContain("ledger");

        var wrong = await group.Shell.RunAsync("status --store nothing");
        wrong.Code.ShouldBe(2);
        wrong.Error.ShouldContain("ledger, orders");
        (await group.Shell.RunAsync("pause --yes")).Error.ShouldContain("name the store with --store");
    }

    [Fact]
    public async Task Over_TLS_the_files_authority_is_trusted_and_no_other()
    {
        var folder = Directory.CreateTempSubdirectory("holdfast-cli-").FullName;
        try
        {
            var (certificate, key) = TestCertificate.Write(folder, "agents");
            var (foreign, _) = TestCertificate.Write(folder, "foreign");
            await using var group = await RunningGroup.StartAsync(SampleGroup.System("s3cret", certificate: certificate, key: key, ca: certificate));
            (await group.Shell.RunAsync("status --check")).Code.ShouldBe(0);
            group.Controls["orders-fra-1"].OnCall = (_, _) =>
            {
                group.Change(status => status with { Paused = true });
                return Task.FromResult(new CommandResult(true, "ok"));
            };
            (await group.Shell.RunAsync("pause --yes")).Code.ShouldBe(0);

            var distrusting = new Shell(group.System with { Security = group.System.Security with { TlsCaFile = foreign } });
            var run = await distrusting.RunAsync("status");
            run.Code.ShouldBe(1);
            run.Out.ShouldContain("TLS with");
            group.Calls.ShouldContain("orders-fra-1: paused=True");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
