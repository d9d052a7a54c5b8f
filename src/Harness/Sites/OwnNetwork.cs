using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Holdfast.Harness.Processes;

namespace Holdfast.Harness.Sites;

/// <summary>
/// Puts a test program into a network namespace of its own, where it may make further ones. Everything in it belongs to the processes in
/// it: its addresses collide with nobody's, and when they end, however they end, the kernel removes it. It needs root, or a system where
/// every user may make user namespaces; servers run as an ordinary user either way.
/// </summary>
public static partial class OwnNetwork
{
    /// <summary>Set in the program that runs inside; the value is <see cref="Inside"/>, or why it could not be brought there.</summary>
    public const string Variable = "HOLDFAST_TEST_NETWORK";

    /// <summary>Set beside it, with the same value, where file systems may be mounted that vanish as the network does.</summary>
    private const string MountsVariable = "HOLDFAST_TEST_MOUNTS";

    private const string Inside = "own";
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(10);

    /// <summary>What a harness of sites does at its beginning, in a namespace that vanishes with it.</summary>
    private const string Probe = """
        set -e
        [ -x "$1" ] && [ -x "$2" ] || { echo "user $(id -un) cannot start $1 in $2" >&2; exit 1; }
        ip link set lo up
        ip link add probe0 type veth peer name probe1
        nft 'add table inet probe; add chain inet probe forward { type filter hook forward priority 0; }'
        nft 'add rule inet probe forward oifname "probe0" drop'
        """;

    /// <summary>Why no test can run that needs the network of its own; null: they can.</summary>
    public static string? WhyNot => Environment.GetEnvironmentVariable(Variable) switch
    {
        Inside => null,
        null => $"this program was not started through its own entry point, which calls {nameof(OwnNetwork)}.{nameof(Enter)}",
        var reason => reason,
    };

    /// <summary>
    /// The first thing that the program does: it becomes itself again, inside. Returns when it is inside, or when there is no way in, which
    /// <see cref="WhyNot"/> then tells.
    /// </summary>
    /// <param name="mounts">Whether it may mount file systems there too, which vanish as the network does.</param>
    public static void Enter(IEnumerable<string> arguments, bool mounts = false)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not null)
        {
            return;
        }

        // Where the tools are; users' own paths often lack it.
        var path = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin";
        Environment.SetEnvironmentVariable("PATH", path);
        var problems = new List<string>();
        foreach (var way in Ways(mounts ? ["--mount"] : []))
        {
            if (Try([.. way, "sh", "-c", Probe, "sh", Environment.ProcessPath!, AppContext.BaseDirectory]) is { } problem)
            {
                problems.Add(problem);
                continue;
            }

            // Also those of its tests that make no network talk over loopback.
            Become(
            [
                .. way, "sh", "-c", "ip link set lo up; exec \"$@\"", "sh", "env", $"{Variable}={Inside}",
                .. mounts ? (string[])[$"{MountsVariable}={Inside}"] : [], $"PATH={path}", .. Self(arguments),
            ]);
        }

        var reason = $"no network namespaces here: {string.Join("; ", problems.Distinct())}. " +
            "They need iproute2, nftables, and root or a system that lets users make user namespaces";
        // Servers refuse to run as root, and no test of this program does without one: what is left is to say so.
        Environment.SetEnvironmentVariable(Variable, reason);
    }

    /// <summary>For a program that is inside: how it starts another of its kind in a network of that one's own.</summary>
    public static ImmutableArray<string> Anew => ["unshare", "--net", "--mount", "env", $"{Variable}={Inside}", $"{MountsVariable}={Inside}"];

    /// <summary>Whether what we mount is seen by nobody else, and vanishes with us.</summary>
    public static bool HasMounts => Environment.GetEnvironmentVariable(MountsVariable) == Inside;

    private static IEnumerable<ImmutableArray<string>> Ways(ImmutableArray<string> further)
    {
        if (GetEffectiveUser() == 0)
        {
            var (user, group) = ServerUser();
            // Of root's powers only those go along that make and enter namespaces and set up networks.
            yield return
            [
                "unshare", "--net", .. further, "setpriv", $"--reuid={user}", $"--regid={group}", "--clear-groups",
                "--inh-caps=+net_admin,+sys_admin", "--ambient-caps=+net_admin,+sys_admin", "--",
            ];
        }
        else
        {
            yield return ["unshare", "--user", "--map-current-user", "--keep-caps", "--net", .. further];
        }
    }

    /// <summary>Whom servers run as: PostgreSQL's own user where there is one.</summary>
    private static (string User, string Group) ServerUser()
    {
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length > 3).ToList();
        var found = users.Find(fields => fields[0] == "postgres") ?? users.Find(fields => fields[0] == "nobody");
        return found is null ? ("65534", "65534") : (found[2], found[3]);
    }

    /// <summary>This program with its arguments, as it was started.</summary>
    public static IEnumerable<string> Self(IEnumerable<string> arguments) =>
        [Environment.ProcessPath!, .. Path.GetFileName(Environment.ProcessPath) == "dotnet" ? Dll : [], .. arguments];

    private static IEnumerable<string> Dll => [Environment.GetCommandLineArgs()[0]];

    private static string? Try(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start");
            var errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(ProbeLimit))
            {
                process.Kill();
                return $"{command[0]} does not end";
            }

            var said = errors.GetAwaiter().GetResult().Trim().ReplaceLineEndings(", ");
            return process.ExitCode == 0 ? null : said.Length > 0 ? said : $"{command[0]} ends with {process.ExitCode}";
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Replaces this program by another in the same process.</summary>
    private static unsafe void Become(IReadOnlyList<string> command)
    {
        var pointers = new nint[command.Count + 1];
        for (var index = 0; index < command.Count; index++)
        {
            pointers[index] = Marshal.StringToCoTaskMemUTF8(command[index]);
        }

        fixed (nint* list = pointers)
        {
            Execute(command[0], list);
        }

        throw new System.ComponentModel.Win32Exception(Marshal.GetLastPInvokeError(), $"cannot become {command[0]}");
    }

    [LibraryImport("libc", EntryPoint = "execvp", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Execute(string file, nint* arguments);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();
}
