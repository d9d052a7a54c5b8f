using Holdfast.Agent.Api.Verify;
using Holdfast.Cli.CommandLine;
using Holdfast.Core.Topology;
using Holdfast.Verification.Targets;

namespace Holdfast.Cli.Verify;

/// <summary>One member of each site, for a comparison of sites: the one that takes writes where there is one, else one that answers.</summary>
internal static class SiteMembers
{
    /// <exception cref="CliException">There is one site only, or nobody of a site answers.</exception>
    public static async Task<List<MemberSpec>> ChooseAsync(SystemSpec system, StoreSpec store, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!store.HasTwoSites)
        {
            throw new CliException(ExitCode.Usage, $"{store.Name} has members at one site only; leave out --sites");
        }

        var looks = await Task.WhenAll(store.Members.Values.Select(member => LookAsync(system, member, time, cancellationToken)));
        return
        [
            .. store.Sites.Select(site => looks
                .Where(look => look.Member.Site == site && look.Look is not null)
                .OrderBy(look => look.Look!.Follows).ThenByDescending(look => look.Look!.Shown).Select(look => look.Member).FirstOrDefault()
                ?? throw new CliException(
                    ExitCode.NotCompared, $"not compared: no member of {store.Name} at {site} answers; see 'holdfast status'")),
        ];
    }

    private static async Task<(MemberSpec Member, MemberLook? Look)> LookAsync(
        SystemSpec system, MemberSpec member, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var target = new HttpVerifyTarget(system, member, time, TimeSpan.Zero);
        try
        {
            return (member, await target.LookAsync(cancellationToken));
        }
        catch (VerifyException)
        {
            return (member, null); // Another member of its site may answer.
        }
    }
}
