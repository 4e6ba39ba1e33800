using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Pggan.Model;

/// <summary>
/// A closed machine for Python's pickles of protocols 2 to 5. It executes nothing and constructs nothing by name: what a pickle would call
/// becomes a <see cref="PickleCall"/>, and a global that is not on the list of its reader ends the reading. Every length is checked against
/// the bytes that are left, nesting and counts have limits, and bytes stay where they are in the file.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="allowed">Names of the globals that may occur.</param>
internal sealed class PickleReader(ReadOnlyMemory<byte> file, IReadOnlySet<string> allowed)
{
    private const int NewestProtocol = 5;
    private const int MostStacked = 10_000;
    private const int MostMarks = 64;
    private const int MostValues = 1 << 20;
    private const int MostIntegerBytes = 8;
    private const int MostNameBytes = 1000;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private readonly List<object?> stack = [];
    private readonly List<int> marks = [];
    private readonly Dictionary<uint, object?> memo = [];
    private int values;

    /// <summary>First byte that is not read.</summary>
    public int Position { get; set; }

    private int Left => file.Length - Position;

    /// <summary>Reads one pickle from the position on.</summary>
    /// <exception cref="InvalidDataException">It is damaged, too large, or holds what a network does not.</exception>
    public object? Read()
    {
        stack.Clear();
        marks.Clear();
        memo.Clear();
        Require(Left >= 2 && Byte() == (byte)PickleOp.Proto, "it is no pickle of protocol 2 or newer");
        Position--;
        while (true)
        {
            PickleOp op = (PickleOp)Byte();
            if (op == PickleOp.Stop)
            {
                Require(stack.Count == 1 && marks.Count == 0, "it ends in the middle of a value");
                return stack[0];
            }
            Execute(op);
        }
    }

    private void Execute(PickleOp op)
    {
        switch (op)
        {
            case PickleOp.Proto:
                int protocol = Byte();
                Require(protocol is >= 2 and <= NewestProtocol, $"it is of protocol {protocol}, and 2 to {NewestProtocol} can be read");
                break;
            case PickleOp.Frame:
                ulong frame = BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8).Span);
                Require(frame <= (ulong)Left, $"a frame claims {frame} bytes, and {Left} are left");
                break;
            case PickleOp.Mark:
                Require(marks.Count < MostMarks, $"values are nested deeper than {MostMarks}");
                marks.Add(stack.Count);
                break;

            case PickleOp.None: Push(null); break;
            case PickleOp.True: Push(true); break;
            case PickleOp.False: Push(false); break;
            case PickleOp.BinInt: Push((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4).Span)); break;
            case PickleOp.BinInt1: Push((long)Byte()); break;
            case PickleOp.BinInt2: Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2).Span)); break;
            case PickleOp.Long1: Push(Integer(Byte())); break;
            case PickleOp.BinFloat: Push(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8).Span)); break;

            case PickleOp.ShortBinUnicode: Push(Text(Utf8, Bytes(Byte()))); break;
            case PickleOp.BinUnicode: Push(Text(Utf8, Bytes(Length32()))); break;
            case PickleOp.BinUnicode8: Push(Text(Utf8, Bytes(Length64()))); break;
            case PickleOp.ShortBinString: Push(Text(Encoding.Latin1, Bytes(Byte()))); break; // Python 2
            case PickleOp.BinString: Push(Text(Encoding.Latin1, Bytes(Length32()))); break;
            case PickleOp.ShortBinBytes: Push(Bytes(Byte())); break;
            case PickleOp.BinBytes: Push(Bytes(Length32())); break;
            case PickleOp.BinBytes8 or PickleOp.ByteArray8: Push(Bytes(Length64())); break;

            case PickleOp.EmptyTuple or PickleOp.EmptyList: Push(new PickleSequence()); break;
            case PickleOp.Tuple1: Push(new PickleSequence().With(Pop(1))); break;
            case PickleOp.Tuple2: Push(new PickleSequence().With(Pop(2))); break;
            case PickleOp.Tuple3: Push(new PickleSequence().With(Pop(3))); break;
            case PickleOp.Tuple: Push(new PickleSequence().With(PopToMark())); break;
            case PickleOp.Append: AppendTo(Pop(1)); break;
            case PickleOp.Appends: AppendTo(PopToMark()); break;
            case PickleOp.EmptyDict: Push(new PickleDictionary()); break;
            case PickleOp.SetItem: SetItems(Pop(2)); break;
            case PickleOp.SetItems: SetItems(PopToMark()); break;

            case PickleOp.Global: Push(Global(Line(), Line())); break;
            case PickleOp.StackGlobal:
                object?[] names = Pop(2);
                Push(names is [string module, string name] ? Global(module, name) : throw new InvalidDataException("a global has no name"));
                break;
            case PickleOp.Reduce or PickleOp.NewObj:
                Push(Pop(2) is [PickleGlobal maker, PickleSequence arguments]
                    ? new PickleCall(maker, arguments)
                    : throw new InvalidDataException("something else than a global is to be called"));
                break;
            case PickleOp.Build:
                object? state = Pop(1)[0];
                (Top() as PickleCall ?? throw new InvalidDataException("something that was not made is given a state")).SetState(state);
                break;
            case PickleOp.BinPersId:
                Push(new PickleCall(null, Pop(1)[0] as PickleSequence ?? throw new InvalidDataException("a persistent id is no tuple")));
                break;

            case PickleOp.BinPut: Remember(Byte()); break;
            case PickleOp.LongBinPut: Remember(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4).Span)); break;
            case PickleOp.Memoize: Remember((uint)memo.Count); break;
            case PickleOp.BinGet: Push(Recall(Byte())); break;
            case PickleOp.LongBinGet: Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4).Span))); break;
            default:
                throw new InvalidDataException($"byte {Position - 1} is {(byte)op:x2}, which means nothing in the pickle of a network");
        }
    }

    private byte Byte() => Bytes(1).Span[0];

    private ReadOnlyMemory<byte> Bytes(int count)
    {
        Require(count <= Left, $"{count} bytes are announced at byte {Position}, and {Left} are left");
        ReadOnlyMemory<byte> bytes = file.Slice(Position, count);
        Position += count;
        return bytes;
    }

    private int Length32() => Length(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4).Span));

    private int Length64() => Length(BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8).Span));

    private int Length(ulong length)
    {
        Require(length <= (ulong)Left, $"{length} bytes are announced at byte {Position}, and {Left} are left");
        return (int)length;
    }

    /// <summary>Little-endian, two's complement; what is too large for a number of a network becomes its bytes.</summary>
    private object Integer(int size)
    {
        ReadOnlyMemory<byte> bytes = Bytes(size);
        if (size > MostIntegerBytes)
            return bytes;
        long value = size > 0 && bytes.Span[^1] >= 0x80 ? -1 : 0;
        for (int i = size - 1; i >= 0; i--)
            value = (value << 8) | bytes.Span[i];
        return value;
    }

    private static string Text(Encoding encoding, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return encoding.GetString(bytes.Span);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException("a text is no UTF-8", e);
        }
    }

    private string Line()
    {
        ReadOnlySpan<byte> rest = file.Span.Slice(Position, Math.Min(Left, MostNameBytes));
        int end = rest.IndexOf((byte)'\n');
        Require(end >= 0, "the name of a global has no end");
        string line = Text(Utf8, Bytes(end));
        Position++;
        return line;
    }

    private PickleGlobal Global(string module, string name)
    {
        string global = $"{module}.{name}";
        if (allowed.Contains(global))
            return new PickleGlobal(global);
        throw new InvalidDataException(PickleGlobals.Refusal(global.Length > MostNameBytes ? global[..MostNameBytes] : global));
    }

    private void Push(object? value)
    {
        Require(++values <= MostValues, $"it has more than {MostValues} values");
        Require(stack.Count < MostStacked, $"more than {MostStacked} values wait for their place");
        stack.Add(value);
    }

    private object? Top()
    {
        Require(stack.Count > Floor, "a value is missing");
        return stack[^1];
    }

    private int Floor => marks.Count > 0 ? marks[^1] : 0;

    private object?[] Pop(int count)
    {
        Require(stack.Count - count >= Floor, "a value is missing");
        return Take(stack.Count - count);
    }

    private object?[] PopToMark()
    {
        Require(marks.Count > 0, "a list has no beginning");
        int start = marks[^1];
        marks.RemoveAt(marks.Count - 1);
        return Take(start);
    }

    private object?[] Take(int start)
    {
        object?[] taken = CollectionsMarshal.AsSpan(stack)[start..].ToArray();
        stack.RemoveRange(start, taken.Length);
        return taken;
    }

    private void AppendTo(object?[] items) =>
        (Top() as PickleSequence ?? throw new InvalidDataException("items are put into something that is no list")).With(items);

    private void SetItems(object?[] items)
    {
        Require(items.Length % 2 == 0, "a key has no value");
        object? target = Top();
        for (int i = 0; i < items.Length; i += 2)
        {
            switch (target)
            {
                case PickleDictionary dictionary: dictionary.Add(items[i], items[i + 1]); break;
                case PickleCall call: call.Add(items[i], items[i + 1]); break;
                default: throw new InvalidDataException("keys are put into something that is no dictionary");
            }
        }
    }

    private void Remember(uint index)
    {
        object? value = Top();
        memo[index] = value;
        Require(memo.Count <= MostValues, $"it remembers more than {MostValues} values");
    }

    private object? Recall(uint index) =>
        memo.TryGetValue(index, out object? value) ? value : throw new InvalidDataException("a value is referred to that is not there");

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new InvalidDataException(message);
    }
}
