using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold within <c>site-link:</c> and <c>hooks:</c>.</summary>
internal static class LinkRules
{
    private const long SmallestQueue = 64_000_000;
    private static readonly TimeSpan ShortestHeartbeat = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestHeartbeat = TimeSpan.FromSeconds(10);

    public static void Check(Section store, Findings findings)
    {
        var link = store.Sub(StoreKeys.SiteLink);
        if (link.TryGet(SiteLinkKeys.QueueBound, out var bound) && bound < SmallestQueue)
        {
            findings.Error(
                link.PlaceOf(SiteLinkKeys.QueueBound),
                $"{ByteSizeShape.Instance.Format(bound)} is less than a few pieces of log: any short cut of the link would fill it",
                $"write at least {ByteSizeShape.Instance.Format(SmallestQueue)}");
        }

        if (link.TryGet(SiteLinkKeys.Heartbeat, out var heartbeat) && (heartbeat < ShortestHeartbeat || heartbeat > LongestHeartbeat))
        {
            findings.Error(
                link.PlaceOf(SiteLinkKeys.Heartbeat),
                $"{DurationShape.Text(heartbeat)} is out of range: each heartbeat is a write, and lag is known no finer than that",
                $"write {DurationShape.Text(ShortestHeartbeat)} to {DurationShape.Text(LongestHeartbeat)}");
        }

        var hooks = store.Sub(StoreKeys.Hooks);
        CheckHook(hooks.Sub(HooksKeys.BeforeMove), findings);
        CheckHook(hooks.Sub(HooksKeys.AfterMove), findings);
    }

    private static void CheckHook(Section hook, Findings findings)
    {
        // A first word that could not be read has been told, and is not here: the first one here is another then.
        var first = hook.PlaceOf(HookKeys.Run).Item(0, default).Path;
        foreach (var (program, place) in hook.All(HookKeys.Run).Where(word => word.Place.Path == first))
        {
            if (!Path.IsPathRooted(program) || Path.EndsInDirectorySeparator(program))
            {
                findings.Error(
                    place, $"'{program}' is not the absolute path of a program",
                    "write for example /usr/local/bin/move-dns; for a line of shell, [/bin/sh, -c, \"…\"]");
            }
        }

        if (hook.TryGet(HookKeys.TimeLimit, out var limit) && limit == TimeSpan.Zero)
        {
            findings.Error(
                hook.PlaceOf(HookKeys.TimeLimit), "is zero", $"write a positive duration; the default is {HookKeys.TimeLimit.DefaultText}");
        }
    }
}
