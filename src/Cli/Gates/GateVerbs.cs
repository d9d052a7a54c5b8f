using System.Collections.Immutable;
using System.CommandLine;
using System.Net;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Core.Topology;
using Holdfast.Gate.Haproxy;
using Holdfast.Gate.Running;

namespace Holdfast.Cli.Gates;

/// <summary><c>holdfast gate</c> and <c>holdfast haproxy</c>.</summary>
internal sealed class GateVerbs(CliContext context, FileChoice file)
{
    private const string Off = "off";

    public Command BuildGate()
    {
        var argument = FileChoice.NewArgument();
        var store = Shared.Store(file, "Serve this store only. Default: every store of the file.");
        var api = new Option<string?>("--api")
        {
            Description = $"Where /status, /metrics and /health are, on loopback: HOST:PORT, or {Off}. Default: {GateOptions.DefaultApi}.",
            HelpName = "ADDRESS",
        };
        var threads = new Option<int?>("--threads") { Description = "Threads that forward. Default: one for each processor, at most 4.", HelpName = "N" };
        var check = new Option<bool>("--check") { Description = "Say what the gate would do with this file, and end." };
        var verb = new VerbCommand("gate", "run an entry point for clients that follows the primary, in the foreground")
        {
            Details =
            [
                "For each store it listens on a read-write and a read-only port (section 'gate' of the store; by default 127.0.0.1:5000 and " +
                "127.0.0.1:5001). Connections to the first go to the primary, those to the second to the standby with the fewest connections among " +
                "those that are healthy and close behind.",
                "It follows the record in etcd and asks the agents. When the primary changes it closes the connections to the former one at once, and " +
                "holds new ones until the new one accepts them, up to 'hold'. It never sends a connection to a primary that has been replaced: without " +
                "proof of at most 'cut-off' that it has not been, its connections are closed.",
                "Bytes are passed on as they are, so TLS goes through and any engine that speaks TCP is served. Run it beside the application, or on " +
                "hosts of its own. On SIGTERM it stops accepting and lets connections go on up to 'drain'.",
            ],
            Examples =
            [
                ("holdfast gate /etc/holdfast/holdfast.yaml", "as the systemd unit does"),
                ("psql 'host=127.0.0.1 port=5000 dbname=orders'", "a client beside it"),
                ("curl -s http://127.0.0.1:8010/status", "where connections go now, and why"),
            ],
            ExitCodes = [(ExitCode.Done, "ended as asked"), (ExitCode.Failed, "cannot run; one line on stderr says why")],
        };
        foreach (var option in (Option[])[store, api, threads, check])
        {
            verb.Add(option);
        }

        verb.Add(argument);
        verb.SetAction(async (parse, cancellationToken) =>
        {
            var system = file.Load(parse, argument);
            var options = new GateOptions
            {
                System = system,
                Stores = Stores(system, parse.GetValue(store)),
                Api = ApiOf(parse.GetValue(api)),
            };
            options = options with { Threads = parse.GetValue(threads) ?? options.Threads };
            if (options.Threads is < 1 or > 64)
            {
                throw new CliException(ExitCode.Usage, "--threads: write a number from 1 to 64");
            }

            if (options.Problem() is { } problem)
            {
                throw new CliException(ExitCode.Failed, problem);
            }

            if (parse.GetValue(check))
            {
                Describe(options);
                return ExitCode.Done;
            }

            var host = context.GateHost ?? throw new CliException(ExitCode.Failed, "this build of holdfast has no gate; install the full program");
            return await host.RunGateAsync(options, cancellationToken);
        });
        return verb;
    }

    public Command BuildHaproxy()
    {
        var argument = FileChoice.NewArgument();
        var store = Shared.Store(file, "This store only. Default: every store of the file.");
        var verb = new VerbCommand("haproxy", "print an HAProxy configuration for the system's stores")
        {
            Details =
            [
                "For those who prefer HAProxy to 'holdfast gate'. It listens where the gate would, and asks the agents' health endpoints. " +
                "Unlike the gate it is not told of a change of primary and does not hold connections meanwhile.",
            ],
            Examples = [("holdfast haproxy holdfast.yaml > /etc/haproxy/haproxy.cfg", "then: haproxy -c -f /etc/haproxy/haproxy.cfg")],
        };
        verb.Add(store);
        verb.Add(argument);
        verb.SetAction(parse =>
        {
            var system = file.Load(parse, argument);
            var options = new GateOptions { System = system, Stores = Stores(system, parse.GetValue(store)) };
            if (options.Problem() is { } problem)
            {
                throw new CliException(ExitCode.Failed, problem);
            }

            context.Terminal.Plain(HaproxyText.Of(system, options.Stores, Path.GetFileName(file.Path(parse, argument))).TrimEnd('\n'));
            return ExitCode.Done;
        });
        return verb;
    }

    private void Describe(GateOptions options)
    {
        foreach (var store in options.Stores)
        {
            var gate = store.Gate;
            context.Terminal.Plain($"{store.Name}: read-write {gate.ReadWrite}, read-only {gate.ReadOnly}; {string.Join(", ", store.Members.Keys)}");
            context.Terminal.Plain(
                $"  holds {gate.Hold.TotalSeconds:0.#} s, cuts off after {gate.CutOff.TotalSeconds:0.#} s without proof, " +
                $"at most {gate.MaxConnections} connections a port, " +
                $"standbys within {gate.LagBound} B, else {(gate.WithoutStandby == WithoutStandby.Primary ? "the primary" : "refused")}");
        }

        context.Terminal.Plain($"status: {options.Api?.ToString() ?? Off}; threads: {options.Threads}");
    }

    private static ImmutableArray<StoreSpec> Stores(SystemSpec system, string? name) =>
        name is null ? [.. system.Stores.Values.OrderBy(store => store.Name, StringComparer.Ordinal)]
        : system.Stores.TryGetValue(name, out var store) ? [store]
        : throw new CliException(
            ExitCode.Usage, $"there is no store '{name}'; the stores are: {string.Join(", ", system.Stores.Keys.Order(StringComparer.Ordinal))}");

    private static IPEndPoint? ApiOf(string? text) => text switch
    {
        null => GateOptions.DefaultApi,
        Off => null,
        _ when Endpoint.TryParse(text, out var endpoint) && IPAddress.TryParse(endpoint.Host == "localhost" ? "127.0.0.1" : endpoint.Host, out var address) =>
            new IPEndPoint(address, endpoint.Port),
        _ => throw new CliException(ExitCode.Usage, $"--api '{text}' is not an address; write for example 127.0.0.1:8010, or {Off}"),
    };
}
