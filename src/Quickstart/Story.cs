using System.Collections.Immutable;
using Holdfast.Quickstart.Faults;
using Holdfast.Quickstart.Faults.Sites;
using Holdfast.Quickstart.Reporting;

namespace Holdfast.Quickstart;

/// <summary>The whole story: one site and its faults, then two sites and theirs, then the report.</summary>
internal sealed class Story(Options options, Narrator narrator, TimeProvider time)
{
    private readonly ImmutableArray<List<FaultResult>> _rounds = [.. Enumerable.Range(0, options.Rounds).Select(_ => new List<FaultResult>())];

    /// <summary>True: every fault passed.</summary>
    /// <exception cref="QuickstartException">It cannot go on.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var (one, two) = (options.Faults.Intersect(FaultCatalogue.OfOneSite), options.Faults.Intersect(SiteFaultCatalogue.Names));
        try
        {
            var wholly = true;
            if (one.Any())
            {
                wholly = await new OneSiteChapter(options, [.. one], http, narrator, time)
                    .RunAsync(_rounds, stays: options.Keep && !two.Any(), cancellationToken);
            }

            if (wholly && one.Any() && two.Any() && await new Teardown(options.Folder, time).RunAsync() is { } remains)
            {
                throw new QuickstartException($"the system with one site does not end: {remains}");
            }

            if (wholly && two.Any())
            {
                wholly = await new TwoSiteChapter(options, [.. two], http, narrator, time).RunAsync(_rounds, options.Keep, cancellationToken);
            }

            return wholly && _rounds.All(round => round.All(result => result.Problems.IsEmpty));
        }
        finally
        {
            Report();
        }
    }

    /// <summary>Also after a failure: what was measured is not thrown away.</summary>
    private void Report()
    {
        var told = _rounds.Where(round => round.Count > 0).ToArray();
        if (told.Length == 0)
        {
            return;
        }

        narrator.Table(
            told.SelectMany(round => round).GroupBy(result => result.Fault).Select(group => FaultResult.Summarise([.. group])),
            told.Length);
        if (options.Json is { } file)
        {
            File.WriteAllText(file, JsonReport.Write(told));
        }
    }
}
