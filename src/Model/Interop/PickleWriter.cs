using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Pggan.Model;

/// <summary>
/// Writes values as a Python pickle: null, bool, int, long, double, string, a list, a dictionary by text, and what is nested here. Nothing is
/// remembered: what is written twice is read as two.
/// </summary>
/// <param name="stream">Where to; stays open.</param>
/// <param name="protocol">2 for torch, 4 where there are bytes.</param>
internal sealed class PickleWriter(Stream stream, int protocol)
{
    /// <summary>A class or function by its module and name.</summary>
    internal sealed record Global(string Module, string Name);

    /// <summary>A tuple.</summary>
    internal sealed record Tuple(params object?[] Items);

    /// <summary>What a function gives for such arguments, with a state or with items that it is then given.</summary>
    internal sealed record Call(Global Function, Tuple Arguments, object? State = null, IReadOnlyDictionary<string, object?>? Items = null);

    /// <summary>A new object of a class, made without arguments, and the values of its attributes.</summary>
    internal sealed record Instance(Global Class, IReadOnlyDictionary<string, object?> Attributes);

    /// <summary>What the reader finds elsewhere by this name.</summary>
    internal sealed record Persistent(Tuple Id);

    /// <summary>Bytes, written when their turn comes; protocol 3 and above.</summary>
    internal sealed record Bytes(long Count, Action<Stream> Write);

    private enum Op : byte
    {
        Mark = (byte)'(',
        EmptyTuple = (byte)')',
        Stop = (byte)'.',
        Bytes32 = (byte)'B',
        Double = (byte)'G',
        Int32 = (byte)'J',
        Byte = (byte)'K',
        None = (byte)'N',
        PersistentId = (byte)'Q',
        Reduce = (byte)'R',
        Text = (byte)'X',
        EmptyList = (byte)']',
        Build = (byte)'b',
        Global = (byte)'c',
        Appends = (byte)'e',
        TupleFromMark = (byte)'t',
        SetItems = (byte)'u',
        EmptyDictionary = (byte)'}',
        Protocol = 0x80,
        NewObject = 0x81,
        Tuple1 = 0x85,
        Tuple2 = 0x86,
        Tuple3 = 0x87,
        True = 0x88,
        False = 0x89,
        Long = 0x8a,
        Bytes64 = 0x8e,
    }

    /// <summary>Writes a whole pickle of one value.</summary>
    public void WriteAll(object? value)
    {
        Write(Op.Protocol);
        stream.WriteByte((byte)protocol);
        Write(value);
        Write(Op.Stop);
    }

    private void Write(object? value)
    {
        switch (value)
        {
            case null:
                Write(Op.None);
                break;
            case bool flag:
                Write(flag ? Op.True : Op.False);
                break;
            case int number:
                WriteInteger(number);
                break;
            case long number:
                WriteInteger(number);
                break;
            case double number:
                Write(Op.Double);
                WriteWith(sizeof(double), bytes => BinaryPrimitives.WriteDoubleBigEndian(bytes, number));
                break;
            case string text:
                byte[] utf8 = Encoding.UTF8.GetBytes(text);
                Write(Op.Text);
                WriteLength(utf8.Length);
                stream.Write(utf8);
                break;
            case IReadOnlyDictionary<string, object?> entries:
                Write(Op.EmptyDictionary);
                WriteItems(entries);
                break;
            case IEnumerable<object?> list:
                Write(Op.EmptyList);
                Write(Op.Mark);
                foreach (object? item in list)
                    Write(item);
                Write(Op.Appends);
                break;
            case Tuple tuple:
                WriteTuple(tuple);
                break;
            case Global global:
                Write(Op.Global);
                stream.Write(Encoding.ASCII.GetBytes($"{global.Module}\n{global.Name}\n"));
                break;
            case Call call:
                Write(call.Function);
                WriteTuple(call.Arguments);
                Write(Op.Reduce);
                if (call.Items is not null)
                    WriteItems(call.Items);
                if (call.State is not null)
                {
                    Write(call.State);
                    Write(Op.Build);
                }
                break;
            case Instance instance:
                Write(instance.Class);
                Write(Op.EmptyTuple);
                Write(Op.NewObject);
                Write(instance.Attributes);
                Write(Op.Build);
                break;
            case Persistent persistent:
                WriteTuple(persistent.Id);
                Write(Op.PersistentId);
                break;
            case Bytes bytes:
                WriteBytes(bytes);
                break;
            default:
                throw new ArgumentException($"no pickle is made of {value.GetType()}", nameof(value));
        }
    }

    private void WriteTuple(Tuple tuple)
    {
        if (tuple.Items.Length > 3)
            Write(Op.Mark);
        foreach (object? item in tuple.Items)
            Write(item);
        Write(tuple.Items.Length switch { 0 => Op.EmptyTuple, 1 => Op.Tuple1, 2 => Op.Tuple2, 3 => Op.Tuple3, _ => Op.TupleFromMark });
    }

    private void WriteItems(IReadOnlyDictionary<string, object?> items)
    {
        Write(Op.Mark);
        foreach ((string key, object? item) in items)
        {
            Write(key);
            Write(item);
        }
        Write(Op.SetItems);
    }

    private void WriteInteger(long number)
    {
        if (number is >= byte.MinValue and <= byte.MaxValue)
        {
            Write(Op.Byte);
            stream.WriteByte((byte)number);
        }
        else if (number is >= int.MinValue and <= int.MaxValue)
        {
            Write(Op.Int32);
            WriteLength((int)number);
        }
        else
        {
            byte[] digits = new BigInteger(number).ToByteArray();
            Write(Op.Long);
            stream.WriteByte((byte)digits.Length);
            stream.Write(digits);
        }
    }

    private void WriteBytes(Bytes bytes)
    {
        if (bytes.Count <= int.MaxValue)
        {
            Write(Op.Bytes32);
            WriteLength((int)bytes.Count);
        }
        else
        {
            Write(Op.Bytes64);
            WriteWith(sizeof(long), count => BinaryPrimitives.WriteInt64LittleEndian(count, bytes.Count));
        }
        bytes.Write(stream);
    }

    private void WriteLength(int number) => WriteWith(sizeof(int), bytes => BinaryPrimitives.WriteInt32LittleEndian(bytes, number));

    private void WriteWith(int count, Action<byte[]> fill)
    {
        byte[] bytes = new byte[count];
        fill(bytes);
        stream.Write(bytes);
    }

    private void Write(Op operation) => stream.WriteByte((byte)operation);
}
