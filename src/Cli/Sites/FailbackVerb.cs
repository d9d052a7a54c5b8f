using System.CommandLine;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Core.Sites;

namespace Holdfast.Cli.Sites;

/// <summary><c>holdfast failback</c>.</summary>
internal sealed class FailbackVerb(CliContext context, FileChoice file)
{
    private readonly Option<string?> _to = Shared.Site(file, "--to", "The site to go back to. Default: the store's preferred site.");
    private readonly Option<string?> _store = Shared.Store(file, "The store, when the file has more than one with two sites.");
    private readonly Option<bool> _yes = Shared.Yes();
    private readonly SiteMoveCommand _move = new(context);

    public Command Build()
    {
        var verb = new VerbCommand("failback", "go back to the site that was active, after it has returned and was verified")
        {
            Details =
            [
                "For a store with two sites, after a failover. The returned site follows again by itself. Failback first compares both sites by " +
                "checksum, where members of this kind can be compared, and ends there if they differ; then it is a planned switchover without loss.",
                SiteMoveCommand.OnSites,
            ],
            Examples =
            [
                ("holdfast failback --dry-run", "what would be done, and may it be done now?"),
                ("holdfast failback --yes", "to the preferred site, without asking"),
            ],
            ExitCodes = [(ExitCode.Done, "the preferred site serves"), SiteMoveCommand.Refused],
        };
        foreach (var option in new Option[] { _to, _store, _move.DryRun, _yes, _move.Json })
        {
            verb.Add(option);
        }

        verb.SetAction((parse, cancellationToken) =>
        {
            var system = file.Load(parse);
            var to = parse.GetValue(_to);
            var store = SiteMoveCommand.StoreOf(system, parse.GetValue(_store), to);
            var asked = new MoveIntent(MoveKind.Failback, to ?? store.FirstSite);
            return _move.RunAsync(system, store, asked, parse, parse.GetValue(_yes), cancellationToken);
        });
        return verb;
    }
}
