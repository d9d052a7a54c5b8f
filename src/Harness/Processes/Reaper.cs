using System.Diagnostics;

namespace Holdfast.Harness.Processes;

/// <summary>
/// A small shell beside us that ends our children, ends what works in our folders (servers that our children detached) and removes
/// the folders when we end, however we end (SIGKILL included): it reads from a pipe, and the kernel closes the pipe. Asking the
/// kernel for a parent-death signal would not do: that follows the thread that started the child, and pool threads come and go.
/// </summary>
internal static class Reaper
{
    private const string Script = """
        trap '' HUP INT TERM
        kept=''
        while read -r verb rest; do
          case $verb in
            watch) kept="$kept $rest" ;;
            forget) left=''; for k in $kept; do [ "$k" = "$rest" ] || left="$left $k"; done; kept=$left ;;
            folder) set -- "$@" "$rest" ;;
            keep) for f; do shift; [ "$f" = "$rest" ] || set -- "$@" "$f"; done ;;
          esac
        done
        for k in $kept; do
          pid=${k%%:*}
          stat=$(cat "/proc/$pid/stat") || continue
          stat=${stat##*) }
          [ "$(echo "$stat" | cut -d' ' -f20)" = "${k#*:}" ] && kill -KILL "$pid"
        done
        for f; do
          for p in /proc/[0-9]*; do
            case "$(readlink "$p/cwd")/" in
              "$f"/*) kill -KILL "${p#/proc/}" ;;
              *) grep -qzF -- "$f/" "$p/cmdline" && kill -KILL "${p#/proc/}" ;;
            esac
          done
          rm -rf -- "$f"
        done
        """;

    private static readonly Lock Gate = new();
    private static Process? _shell;

    /// <summary>Kill this process when we end.</summary>
    public static void Watch(int processId, long startTime) => Tell($"watch {processId}:{startTime}");

    /// <summary>The process has ended, or shall outlive us.</summary>
    public static void Forget(int processId, long startTime) => Tell($"forget {processId}:{startTime}");

    /// <summary>Remove this folder with all it holds when we end.</summary>
    public static void RemoveFolder(string path) => Tell($"folder {path}");

    /// <summary>The folder shall outlive us.</summary>
    public static void KeepFolder(string path) => Tell($"keep {path}");

    private static void Tell(string line)
    {
        lock (Gate)
        {
            _shell ??= Start();
            _shell.StandardInput.WriteLine(line);
            _shell.StandardInput.Flush();
        }
    }

    private static Process Start()
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, UseShellExecute = false };
        start.ArgumentList.Add("-c");
        // Our own output may be a pipe whose reader waits for its end: do not hold it open.
        start.ArgumentList.Add("exec >/dev/null 2>&1\n" + Script);
        start.WorkingDirectory = "/";
        return Process.Start(start) ?? throw new InvalidOperationException("/bin/sh did not start");
    }
}
