using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Archiving;

/// <summary>Runs of the archive's script that the server has started.</summary>
internal static class ScriptRun
{
    /// <summary>Processes that do one of these steps of the script.</summary>
    public static List<int> Find(string script, params ReadOnlySpan<string> steps)
    {
        var found = new List<int>();
        foreach (var (pid, arguments) in ProcFs.CommandLines())
        {
            var at = Array.IndexOf(arguments, script);
            if (at >= 0 && at + 1 < arguments.Length && steps.Contains(arguments[at + 1]))
            {
                found.Add(pid);
            }
        }

        return found;
    }

    /// <summary>
    /// Ends copies at work, with what they have started, but not the script around them: it then fails in good order, where its own end by a
    /// signal would end the part of the server that waits for it.
    /// </summary>
    public static void EndCopies(string script, string step)
    {
        var copies = Find(script, step);
        foreach (var pid in ProcFs.ChildrenOf(copies).Concat(copies))
        {
            Native.Signal(pid, Native.Kill);
        }
    }
}
