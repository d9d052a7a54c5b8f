using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Agent.Tests.Api;
using Holdfast.Engines.Facts;

namespace Holdfast.Cli.Tests.Planning;

/// <summary><c>holdfast plan --probe</c>, against the real API of fake members.</summary>
public sealed class ProbeTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public ProbeTests() => File.WriteAllText(
        _file,
        """
        system: grid-control
        coordination: { etcd: [http://127.0.0.1:2379] }
        sites: { fra: {} }
        stores:
          orders:
            kind: postgresql
            objectives: { host-loss: { rpo: 0s, rto: 2s } }
            members:
              orders-fra-1: { site: fra, address: 127.0.0.1:5433, agent: 127.0.0.1:8001, data: /d/1 }
              orders-fra-2: { site: fra, address: 127.0.0.1:5434, agent: 127.0.0.1:8002, data: /d/2 }
              orders-fra-3: { site: fra, address: 127.0.0.1:5435, agent: 127.0.0.1:8003, data: /d/3 }
        planning:
          stores: { orders: { size: 900GB } }
        """);

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task What_agents_measure_takes_the_place_of_what_was_declared_and_assumed()
    {
        await using var agents = await StartAsync();
        using var plan = JsonDocument.Parse((await RunAsync(agents, "--probe", "--json")).Out);
        var facts = plan.RootElement.GetProperty("facts").EnumerateArray().ToDictionary(
            fact => fact.GetProperty("name").GetString() + "/" + fact.GetProperty("of").GetString(), fact => fact);
        facts["size/store orders"].GetProperty("value").GetDouble().ShouldBe(7e9);
        facts["size/store orders"].GetProperty("origin").GetString().ShouldNotBeNull().ShouldContain("planning.stores.orders.size says 900 GB");
        facts["flush/store orders"].GetProperty("value").GetDouble().ShouldBe(0.003, 1e-9, "the slowest of three");
        facts["log/store orders"].GetProperty("source").GetString().ShouldBe("measured");
        facts["round trip in the site/store orders"].GetProperty("source").GetString().ShouldBe("measured");
        plan.RootElement.GetProperty("stores")[0].GetProperty("measured").GetArrayLength().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Outages_and_lags_stand_beside_the_promise_and_the_rest_fits()
    {
        await using var agents = await StartAsync();
        var run = await RunAsync(agents, "--probe");
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldContain("lag of orders-fra-2");
        run.Lines.ShouldAllBe(line => line.Length <= 100);
    }

    [Fact]
    public async Task Who_does_not_answer_is_named_and_the_rest_is_measured()
    {
        await using var agents = await StartAsync("orders-fra-3");
        var run = await RunAsync(agents, "--probe");
        run.Code.ShouldBe(0);
        run.Error.ShouldContain("not measured: orders-fra-3: ");
    }

    [Fact]
    public async Task When_nothing_could_be_measured_the_command_fails()
    {
        await using var agents = await StartAsync([.. SampleGroup.Names]);
        var run = await RunAsync(agents, "--probe");
        (run.Code, run.Out.Contains("MET", StringComparison.Ordinal)).ShouldBe((1, false), run.Out);
        run.Error.ShouldContain("no agent answers");
    }

    [Fact]
    public async Task Agents_that_refuse_to_measure_are_no_measurement()
    {
        var system = SampleGroup.System("the right token");
        await using var agents = await Agents.StartAsync(system, []);
        var stranger = new Shell(system with { Security = system.Security with { Token = new Core.Secret("another token") } });
        stranger.Files.AlsoGood = _file;
        var run = await stranger.RunSplitAsync(["plan", _file, "--probe"], TestContext.Current.CancellationToken);
        (run.Code, run.Out.Contains("MET", StringComparison.Ordinal)).ShouldBe((1, false), run.Out);
        run.Error.ShouldContain("the token is wrong");
        run.Error.ShouldContain("nothing could be measured");
    }

    private static Task<Agents> StartAsync(params string[] without) => Agents.StartAsync(SampleGroup.System("a token"), without);

    private Task<Run> RunAsync(Agents agents, params string[] options)
    {
        var shell = new Shell(agents.System);
        shell.Files.AlsoGood = _file;
        return shell.RunSplitAsync(["plan", _file, .. options], TestContext.Current.CancellationToken);
    }

    private sealed class Agents(Core.Topology.SystemSpec system, List<AgentApi> apis) : IAsyncDisposable
    {
        public Core.Topology.SystemSpec System => system;

        public static async Task<Agents> StartAsync(Core.Topology.SystemSpec system, string[] without)
        {
            var apis = new List<AgentApi>();
            foreach (var name in SampleGroup.Names.Except(without))
            {
                apis.Add(await AgentApi.StartAsync(
                    SampleGroup.Control(system, name), TimeProvider.System, onFault: null, TestContext.Current.CancellationToken, verify: null,
                    new FakeProbe(name)));
            }

            return new Agents(system, apis);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var api in apis)
            {
                await api.DisposeAsync();
            }
        }
    }

    private sealed class FakeProbe(string member) : IFactProbe
    {
        public Task<MeasuredMember> MeasureAsync(TimeSpan look, CancellationToken cancellationToken) => Task.FromResult(
            member == SampleGroup.Names[0]
                ? new MeasuredMember(
                    [1, 1, 1], new MeasuredServer(7_000_000_000, 2e6, 40, 86_400, 3e6, 9),
                    [new MeasuredStandby("orders-fra-2", [4, 5, 6], [7, 8, 9], [100, 200])], [])
                : new MeasuredMember(member == SampleGroup.Names[1] ? [3, 3] : [2, 2], null, [], []));
    }
}
