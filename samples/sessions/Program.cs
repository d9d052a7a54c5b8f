using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Holdfast.Sessions.Application;
using Holdfast.Sessions.Keys;
using Holdfast.Sessions.Load;
using Holdfast.Sessions.Store;

[assembly: SupportedOSPlatform("linux")]

namespace Holdfast.Sessions;

internal static class Program
{
    private const string Usage = """
        usage: sessions serve --store ADDRESS [options]    the application
               sessions drive --target URL... [options]    users who click, and see whether they are still signed in
               sessions keys  --store ADDRESS [options]    the keys in a store, and whether the other site has them

        serve: --listen ADDRESS    where it listens (127.0.0.1:5080)
               --instance NAME     its name on the page (its address)
               --patience 30s      how long a request waits for the store to come back
               --idle 30m          a session lives so long after its last click
               --key-ahead 14d     the next key is in the store so long before it is active
               --key-lifetime 90d  how long a key is active
               --behind-tls        a proxy with TLS is in front: browsers send the cookies that way only
               --keys memory       keeps the keys in memory: how everybody is logged out
        drive: --target URL        an instance; several: each user goes from one to the next with every click
               --users 200 --pace 1s --duration 60s
               --timeout 60s       a click that takes longer is an error
               --may-lose 0s       changes that are lost and no older than this do not fail the run
               --json              the report for programs
        keys:  --other ADDRESS     the store of the other site
               --due 2d            keys that become active within this time must be there, too
               --patience 5s --json

        A store's user and password: --store-user NAME, --store-password-file FILE or the environment's SESSIONS_STORE_PASSWORD;
        for the other site's --other-user, --other-password-file, SESSIONS_OTHER_PASSWORD (else the same).
        Exit status: 0: well; 1: somebody was logged out, a request failed, a change was lost, a key is missing; 2: it could not be done.
        """;

    private static readonly string[] ServeOptions =
    [
        "--store", "--store-user", "--store-password-file", "--listen", "--instance", "--patience", "--idle", "--key-ahead", "--key-lifetime", "--keys",
        "--behind-tls!",
    ];

    private static readonly string[] DriveOptions = ["--target", "--users", "--pace", "--duration", "--timeout", "--may-lose", "--json!"];

    private static readonly string[] KeysOptions =
    [
        "--store", "--store-user", "--store-password-file", "--other", "--other-user", "--other-password-file", "--due", "--patience", "--json!",
    ];

    private static async Task<int> Main(string[] arguments)
    {
        using var interrupted = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Interrupt(context, interrupted));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Interrupt(context, interrupted));
        try
        {
            switch (arguments.FirstOrDefault())
            {
                case "serve":
                    await WebApplicationOf(new Arguments(arguments[1..], ServeOptions)).RunAsync(interrupted.Token);
                    return 0;
                case "drive":
                    return await Driver.RunAsync(new Arguments(arguments[1..], DriveOptions), TimeProvider.System, interrupted.Token);
                case "keys":
                    return await KeysCheck.RunAsync(new Arguments(arguments[1..], KeysOptions), TimeProvider.System, interrupted.Token);
                case "--help" or "-h" or "help":
                    Console.WriteLine(Usage);
                    return 0;
                default:
                    Console.Error.WriteLine(Usage);
                    return 2;
            }
        }
        catch (Exception exception)
            when (exception is UsageException or StoreAwayException or StoreErrorException or SocketException or IOException or FormatException)
        {
            Console.Error.WriteLine($"sessions: {exception.Message}");
            return 2;
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            return 130;
        }
    }

    private static SessionsApplication WebApplicationOf(Arguments arguments) => new(SessionsOptions.Read(arguments), TimeProvider.System);

    private static void Interrupt(PosixSignalContext context, CancellationTokenSource source)
    {
        context.Cancel = true;
        source.Cancel();
    }
}
